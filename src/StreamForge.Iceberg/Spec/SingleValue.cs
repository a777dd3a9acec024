using System.Buffers.Binary;

namespace StreamForge.Iceberg.Spec;

/// <summary>One value as bytes, the form of bounds and partition summaries (specification, appendix D, "Binary single-value serialization").</summary>
public static class SingleValue
{
    public static byte[] ToBytes(PrimitiveType type, Literal value)
    {
        switch (type.Kind)
        {
            case PrimitiveKind.Boolean:
                return [(byte)(value.Number == 0 ? 0 : 1)];
            case PrimitiveKind.Int or PrimitiveKind.Date:
                var four = new byte[4];
                BinaryPrimitives.WriteInt32LittleEndian(four, (int)value.Number);
                return four;
            case PrimitiveKind.Float:
                var single = new byte[4];
                BinaryPrimitives.WriteSingleLittleEndian(single, (float)value.Float);
                return single;
            case PrimitiveKind.Double:
                var number = new byte[8];
                BinaryPrimitives.WriteDoubleLittleEndian(number, value.Float);
                return number;
            case PrimitiveKind.Decimal:
                Span<byte> sixteen = stackalloc byte[16];
                BinaryPrimitives.WriteInt128BigEndian(sixteen, value.Number);
                return sixteen[RedundantBytes(sixteen)..].ToArray();
            case PrimitiveKind.String or PrimitiveKind.Uuid or PrimitiveKind.Fixed or PrimitiveKind.Binary or PrimitiveKind.Geometry or PrimitiveKind.Geography:
                return value.Bytes.ToArray();
            case PrimitiveKind.Unknown or PrimitiveKind.Variant:
                throw new ArgumentException($"{type} has no single-value form", nameof(type));
            default:
                var eight = new byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(eight, (long)value.Number);
                return eight;
        }
    }

    /// <summary>Reads a value; bytes written before a column was promoted (int to long, float to double) are read as they were written.</summary>
    /// <returns>false when the bytes are none of <paramref name="type"/>'s.</returns>
    public static bool TryRead(PrimitiveType type, ReadOnlySpan<byte> bytes, out Literal value)
    {
        value = default;
        switch (type.Kind)
        {
            case PrimitiveKind.Boolean when bytes.Length == 1:
                value = Literal.Of(bytes[0] == 0 ? 0L : 1L);
                return true;
            case PrimitiveKind.Int or PrimitiveKind.Date or PrimitiveKind.Long when bytes.Length == 4:
                value = Literal.Of((long)BinaryPrimitives.ReadInt32LittleEndian(bytes));
                return true;
            case PrimitiveKind.Float or PrimitiveKind.Double when bytes.Length == 4:
                value = Literal.Of((double)BinaryPrimitives.ReadSingleLittleEndian(bytes));
                return true;
            case PrimitiveKind.Double when bytes.Length == 8:
                value = Literal.Of(BinaryPrimitives.ReadDoubleLittleEndian(bytes));
                return true;
            case PrimitiveKind.Long or PrimitiveKind.Time or PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz or PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs when bytes.Length == 8:
                value = Literal.Of(BinaryPrimitives.ReadInt64LittleEndian(bytes));
                return true;
            case PrimitiveKind.Decimal when bytes.Length is > 0 and <= 16:
                value = Literal.Of(ReadBigEndian(bytes));
                return true;
            case PrimitiveKind.Uuid when bytes.Length == 16:
            case PrimitiveKind.Fixed when bytes.Length == type.Length:
            case PrimitiveKind.String or PrimitiveKind.Binary:
                value = Literal.Of(bytes.ToArray());
                return true;
            default:
                return false;
        }
    }

    /// <summary>A two's complement number, the highest byte first, of 1 to 16 bytes.</summary>
    public static Int128 ReadBigEndian(ReadOnlySpan<byte> bytes)
    {
        Int128 number = (sbyte)bytes[0];
        foreach (var b in bytes[1..]) number = (number << 8) | b;
        return number;
    }

    /// <summary>How many of the first bytes of a two's complement number say nothing more than its sign.</summary>
    internal static int RedundantBytes(ReadOnlySpan<byte> bigEndian)
    {
        var i = 0;
        while (i < bigEndian.Length - 1 && (bigEndian[i] == 0 && bigEndian[i + 1] < 0x80 || bigEndian[i] == 0xff && bigEndian[i + 1] >= 0x80)) i++;
        return i;
    }

    /// <summary>The order of values of a type: numbers by value, -0.0 before 0.0, text, binary and uuid by their bytes.</summary>
    public static int Compare(PrimitiveType type, Literal left, Literal right) => type.Kind switch
    {
        PrimitiveKind.Float or PrimitiveKind.Double when left.Float == right.Float => double.IsNegative(right.Float).CompareTo(double.IsNegative(left.Float)),
        PrimitiveKind.Float or PrimitiveKind.Double => left.Float.CompareTo(right.Float),
        PrimitiveKind.String or PrimitiveKind.Uuid or PrimitiveKind.Fixed or PrimitiveKind.Binary => left.Bytes.SequenceCompareTo(right.Bytes),
        _ => left.Number.CompareTo(right.Number),
    };
}
