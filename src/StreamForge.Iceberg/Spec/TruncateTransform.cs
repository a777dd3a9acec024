using System.Text;
using StreamForge.Core;
using StreamForge.Iceberg.Manifests;

namespace StreamForge.Iceberg.Spec;

/// <summary>
/// Numbers down to a multiple of the width, towards minus infinity; decimals by their unscaled value; text to its first code points; binary to its first bytes. Where the multiple lies below what the type
/// can hold, it is the type's least value: a partition never lies above its rows, which readers rely on when a filter passes partitions over.
/// </summary>
/// <param name="Width">At least 1.</param>
public sealed record TruncateTransform(int Width) : Transform
{
    public override PrimitiveType ResultType(PrimitiveType source) => source;

    public override bool CanApplyTo(PrimitiveType source) => source.Kind is PrimitiveKind.Int or PrimitiveKind.Long or PrimitiveKind.Decimal or PrimitiveKind.String or PrimitiveKind.Binary;

    public override Literal? Apply(PrimitiveType source, Literal? value) => value is not { } present ? null : source.Kind switch
    {
        PrimitiveKind.String => Literal.Of(Prefix(present.Bytes).ToArray()),
        PrimitiveKind.Binary => Literal.Of(present.Bytes[..Math.Min(Width, present.Bytes.Length)].ToArray()),
        _ => Literal.Of(Int128.Max(Floor(present.Number), Least(source))),
    };

    public override Column Apply(Column source)
    {
        switch (source)
        {
            case Int64Column numbers:
                var floors = new Int64Column(source.Type, source.Count);
                floors.SetLength(source.Count);
                var values = numbers.Values;
                var units = floors.WritableValues;
                var least = source.Type.Kind == TypeKind.Int ? int.MinValue : long.MinValue;
                for (var i = 0; i < values.Length; i++)
                {
                    var rest = values[i] % Width;
                    if (rest < 0) rest += Width;
                    units[i] = values[i] < least + rest ? least : values[i] - rest;
                }
                floors.CopyValidity(source);
                return floors;
            case DecimalColumn decimals:
                var cut = new DecimalColumn(source.Type, source.Count);
                cut.SetLength(source.Count);
                var unscaled = decimals.Values;
                var bottom = Least(PrimitiveType.Decimal(source.Type.Precision, source.Type.Scale));
                for (var i = 0; i < unscaled.Length; i++) cut.WritableValues[i] = Int128.Max(Floor(unscaled[i]), bottom);
                cut.CopyValidity(source);
                return cut;
            case BytesColumn bytes:
                var isText = source.Type.Kind != TypeKind.Bytes;
                var prefixes = new BytesColumn(source.Type, source.Count);
                for (var i = 0; i < bytes.Count; i++)
                {
                    if (bytes.IsNull(i)) prefixes.AppendNull();
                    else prefixes.Append(isText ? Prefix(bytes[i]) : bytes[i][..Math.Min(Width, bytes[i].Length)]);
                }
                return prefixes;
            default:
                throw new ArgumentException($"truncate is not defined for {source.Type}", nameof(source));
        }
    }

    public override string ToString() => $"truncate[{Width}]";

    /// <summary>What the bytes of a type can hold; those of a decimal hold somewhat more than its precision.</summary>
    private static Int128 Least(PrimitiveType type) => type.Kind switch
    {
        PrimitiveKind.Int => int.MinValue,
        PrimitiveKind.Long => long.MinValue,
        _ => Int128.MinValue >> (128 - 8 * ManifestSchemas.DecimalBytes(type.Precision)),
    };

    private Int128 Floor(Int128 number)
    {
        var rest = number % Width;
        return number - (rest < 0 ? rest + Width : rest);
    }

    private ReadOnlySpan<byte> Prefix(ReadOnlySpan<byte> text)
    {
        var rest = text;
        for (var i = 0; i < Width && !rest.IsEmpty; i++)
        {
            Rune.DecodeFromUtf8(rest, out _, out var bytes);
            rest = rest[bytes..];
        }
        return text[..^rest.Length];
    }
}
