using System.Buffers.Binary;
using StreamForge.Core;

namespace StreamForge.Iceberg.Spec;

/// <summary>The hash of a value (specification, appendix B), without its sign, modulo the number of buckets.</summary>
/// <param name="Buckets">At least 1.</param>
public sealed record BucketTransform(int Buckets) : Transform
{
    public override PrimitiveType ResultType(PrimitiveType source) => PrimitiveType.Int;

    public override bool CanApplyTo(PrimitiveType source) => source.Kind is PrimitiveKind.Int or PrimitiveKind.Long or PrimitiveKind.Decimal or PrimitiveKind.Date or PrimitiveKind.Time
        or PrimitiveKind.String or PrimitiveKind.Uuid or PrimitiveKind.Fixed or PrimitiveKind.Binary || source.IsTimestamp;

    public override Literal? Apply(PrimitiveType source, Literal? value) => value is { } present ? Literal.Of((long)BucketOf(Hash(source, present))) : null;

    /// <summary>The 32-bit hash of a value by its type.</summary>
    public static int Hash(PrimitiveType source, Literal value) => source.Kind switch
    {
        PrimitiveKind.Decimal => HashDecimal(value.Number),
        PrimitiveKind.String or PrimitiveKind.Uuid or PrimitiveKind.Fixed or PrimitiveKind.Binary => Murmur3.Hash(value.Bytes),
        // Nanoseconds hash as the microseconds they lie in, so that a column may be promoted.
        PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs => Murmur3.Hash(EventTime.FloorDivide((long)value.Number, 1000)),
        PrimitiveKind.Float or PrimitiveKind.Double => Murmur3.Hash(BitConverter.DoubleToInt64Bits(value.Float == 0 ? 0 : value.Float)),
        _ => Murmur3.Hash((long)value.Number),
    };

    public override Column Apply(Column source)
    {
        var result = new Int64Column(DataType.Int, source.Count);
        result.SetLength(source.Count);
        var buckets = result.WritableValues;
        switch (source)
        {
            case Int64Column numbers:
                var values = numbers.Values;
                for (var i = 0; i < buckets.Length; i++) buckets[i] = BucketOf(Murmur3.Hash(values[i]));
                break;
            case DecimalColumn decimals:
                var unscaled = decimals.Values;
                for (var i = 0; i < buckets.Length; i++) buckets[i] = BucketOf(HashDecimal(unscaled[i]));
                break;
            case BytesColumn bytes:
                for (var i = 0; i < buckets.Length; i++) buckets[i] = BucketOf(Murmur3.Hash(bytes[i]));
                break;
            default:
                result.Release();
                throw new ArgumentException($"bucket is not defined for {source.Type}", nameof(source));
        }
        result.CopyValidity(source);
        return result;
    }

    public override string ToString() => $"bucket[{Buckets}]";

    private int BucketOf(int hash) => (hash & int.MaxValue) % Buckets;

    /// <summary>A decimal hashes as its unscaled value in two's complement, the highest byte first, in as few bytes as hold it.</summary>
    private static int HashDecimal(Int128 unscaled)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt128BigEndian(bytes, unscaled);
        return Murmur3.Hash(bytes[SingleValue.RedundantBytes(bytes)..]);
    }
}
