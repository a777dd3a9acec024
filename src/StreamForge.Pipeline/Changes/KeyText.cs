using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Pipeline.Changes;

/// <summary>A primary key for people: <c>4</c>, <c>(4, 'DE')</c>.</summary>
public static class KeyText
{
    /// <param name="key">Canonical bytes (<see cref="KeyCodec"/>), which say their own types.</param>
    public static string Of(ReadOnlySpan<byte> key)
    {
        var fields = ImmutableArray.CreateBuilder<Field>();
        for (var rest = key; rest.Length > 0;)
        {
            var (type, length) = Component(rest);
            fields.Add(new Field("", type));
            rest = rest[length..];
        }
        var values = KeyCodec.Read(key, fields.ToImmutable()).Select(v => v.Type.Kind == TypeKind.String ? $"'{v.Text}'" : v.ToString()).ToArray();
        return values.Length == 1 ? values[0] : $"({string.Join(", ", values)})";
    }

    private static (DataType Type, int Length) Component(ReadOnlySpan<byte> key) => key[0] switch
    {
        (byte)'s' => (DataType.String, TextLength(key)),
        (byte)'x' => (DataType.Bytes, TextLength(key)),
        (byte)'b' => (DataType.Boolean, 2),
        (byte)'d' => (DataType.Double, 9),
        (byte)'m' => (DataType.Decimal(DataType.MaxPrecision, key[1]), 18),
        (byte)'D' => (DataType.Date, 9),
        (byte)'t' => (DataType.TimestampTz, 9),
        _ => (DataType.BigInt, 9),
    };

    private static int TextLength(ReadOnlySpan<byte> key)
    {
        var length = 0;
        for (int shift = 0, i = 1; ; shift += 7, i++)
        {
            length |= (key[i] & 0x7F) << shift;
            if (key[i] < 0x80) return i + 1 + length;
        }
    }
}
