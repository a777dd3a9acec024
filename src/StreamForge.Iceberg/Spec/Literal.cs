using StreamForge.Core;

namespace StreamForge.Iceberg.Spec;

/// <summary>
/// One value of a primitive type that whoever holds it knows: a partition's value, a bound. Numbers and times are <see cref="Number"/>, floating point numbers <see cref="Float"/>,
/// text (UTF-8), binary, fixed and uuid (big-endian) are <see cref="Bytes"/>. There is no null; where a value may be null it is a <c>Literal?</c>.
/// </summary>
public readonly struct Literal : IEquatable<Literal>
{
    private readonly byte[]? _bytes;

    private Literal(Int128 number, byte[]? bytes)
    {
        Number = number;
        _bytes = bytes;
    }

    /// <summary>boolean as 0 or 1; int, long, date, time, timestamps; the unscaled value of a decimal.</summary>
    public Int128 Number { get; }

    /// <summary>float and double.</summary>
    public double Float => BitConverter.Int64BitsToDouble((long)Number);

    public ReadOnlySpan<byte> Bytes => _bytes;

    public static Literal Of(Int128 number) => new(number, null);

    public static Literal Of(long number) => new(number, null);

    public static Literal Of(double number) => new(BitConverter.DoubleToInt64Bits(number), null);

    /// <summary>Keeps <paramref name="bytes"/>, which nobody changes afterwards.</summary>
    public static Literal Of(byte[] bytes) => new(0, bytes);

    public static Literal Of(string text) => new(0, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>A row of a column; null where it is null.</summary>
    public static Literal? Of(Column column, int row)
    {
        ArgumentNullException.ThrowIfNull(column);
        if (column.IsNull(row)) return null;
        return column switch
        {
            Int64Column numbers => Of(numbers[row]),
            DoubleColumn doubles => Of(doubles[row]),
            DecimalColumn decimals => Of(decimals[row]),
            BooleanColumn flags => Of((long)flags[row]),
            BytesColumn bytes => Of(bytes[row].ToArray()),
            _ => throw new ArgumentException($"A column of {column.Type} has no literals.", nameof(column)),
        };
    }

    public bool Equals(Literal other) => Number == other.Number && Bytes.SequenceEqual(other.Bytes) && _bytes is null == other._bytes is null;

    public override bool Equals(object? obj) => obj is Literal other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Number);
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    public static bool operator ==(Literal left, Literal right) => left.Equals(right);

    public static bool operator !=(Literal left, Literal right) => !left.Equals(right);

    /// <summary>For people who debug; <see cref="HumanText"/> gives the value by its type.</summary>
    public override string ToString() => _bytes is null ? Number.ToString(System.Globalization.CultureInfo.InvariantCulture) : Convert.ToHexString(_bytes);
}
