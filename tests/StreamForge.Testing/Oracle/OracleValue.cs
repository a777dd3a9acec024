using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace StreamForge.Testing.Oracle;

/// <summary>
/// A value of an event or of a feature in the oracle's own terms; null is C#'s null. Numbers are exact: integers and decimals without
/// bound, doubles finite. Values of one column are of one case; comparing across cases is an error of the test that does it.
/// </summary>
public abstract record OracleValue : IComparable<OracleValue>
{
    private OracleValue()
    {
    }

    /// <summary>A whole number of any size; event values are meant to fit 64 bits.</summary>
    public sealed record Integer(BigInteger Value) : OracleValue;

    /// <summary><c>Unscaled / 10^Scale</c>.</summary>
    public sealed record Decimal(BigInteger Unscaled, int Scale) : OracleValue
    {
        /// <summary>Reads plain digits such as <c>-12.50</c>; the scale is the number of digits after the point.</summary>
        public static Decimal Parse(string text)
        {
            var point = text.IndexOf('.', StringComparison.Ordinal);
            var scale = point < 0 ? 0 : text.Length - point - 1;
            return new(BigInteger.Parse(text.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture), scale);
        }

        public bool Equals(Decimal? other) => other is not null && CompareTo(other) == 0;

        public override int GetHashCode()
        {
            var (unscaled, scale) = (Unscaled, Scale);
            while (scale > 0 && unscaled % 10 == 0)
            {
                unscaled /= 10;
                scale--;
            }
            return HashCode.Combine(unscaled, scale);
        }
    }

    /// <summary>A finite double.</summary>
    public sealed record Real : OracleValue
    {
        public Real(double value)
        {
            if (!double.IsFinite(value)) throw new ArgumentException("the oracle knows finite doubles only", nameof(value));
            Value = value;
        }

        public double Value { get; }
    }

    public sealed record Text(string Value) : OracleValue;

    /// <summary>What last_n, top_k and histogram give.</summary>
    public sealed record List(ImmutableArray<OracleValue> Items) : OracleValue
    {
        public bool Equals(List? other) => other is not null && Items.SequenceEqual(other.Items);

        public override int GetHashCode() => Items.Length;
    }

    public static implicit operator OracleValue(long value) => new Integer(value);

    public static implicit operator OracleValue(double value) => new Real(value);

    public static implicit operator OracleValue(string value) => new Text(value);

    /// <summary>Numeric order for numbers, order of the UTF-8 bytes for text.</summary>
    public int CompareTo(OracleValue? other) => (this, other) switch
    {
        (Integer a, Integer b) => a.Value.CompareTo(b.Value),
        (Decimal a, Decimal b) => (a.Unscaled * BigInteger.Pow(10, b.Scale)).CompareTo(b.Unscaled * BigInteger.Pow(10, a.Scale)),
        (Real a, Real b) => a.Value.CompareTo(b.Value),
        (Text a, Text b) => Encoding.UTF8.GetBytes(a.Value).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b.Value)),
        _ => throw new ArgumentException($"{GetType().Name} and {other?.GetType().Name ?? "null"} cannot be compared", nameof(other)),
    };

    /// <summary>Plain text: digits of numbers (decimals with all digits of their scale, doubles in the shortest form that reads back), text as it is.</summary>
    public sealed override string ToString() => this switch
    {
        Integer i => i.Value.ToString(CultureInfo.InvariantCulture),
        Decimal d => Format(d.Unscaled, d.Scale),
        Real r => r.Value.ToString("R", CultureInfo.InvariantCulture),
        Text t => t.Value,
        List l => $"[{string.Join(", ", l.Items)}]",
        _ => throw new InvalidOperationException(),
    };

    private static string Format(BigInteger unscaled, int scale)
    {
        if (scale == 0) return unscaled.ToString(CultureInfo.InvariantCulture);
        var whole = BigInteger.DivRem(BigInteger.Abs(unscaled), BigInteger.Pow(10, scale), out var fraction);
        return $"{(unscaled.Sign < 0 ? "-" : "")}{whole}.{fraction.ToString(CultureInfo.InvariantCulture).PadLeft(scale, '0')}";
    }
}
