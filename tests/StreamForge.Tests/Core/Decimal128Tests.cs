using System.Globalization;
using System.Numerics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Core;

/// <summary>Decimals against unbounded integers.</summary>
public sealed class Decimal128Tests
{
    private static readonly BigInteger Limit = BigInteger.Pow(10, 38);

    /// <summary>Magnitudes of every length, and the limits themselves.</summary>
    private static readonly Gen<Int128> Numbers = Gen.OneOf(
        from digits in Gen.Choose(0, 38)
        from seed in ArbMap.Default.GeneratorFor<int>()
        select Any(new Random(seed), digits),
        Gen.Elements(Decimal128.Limit - 1, 1 - Decimal128.Limit, 0, 1, -1, long.MaxValue, long.MinValue, (Int128)long.MaxValue + 1));

    private static Int128 Any(Random random, int digits)
    {
        var text = string.Concat(Enumerable.Range(0, digits).Select(_ => (char)('0' + random.Next(10))));
        var magnitude = text.Length == 0 ? 0 : Int128.Parse(text, CultureInfo.InvariantCulture);
        return random.Next(2) == 0 ? magnitude : -magnitude;
    }

    private static void ForAll(Func<Int128, Int128, bool> property) =>
        Prop.ForAll(Numbers.ToArbitrary(), Numbers.ToArbitrary(), property).QuickCheckThrowOnFailure();

    /// <summary>value / divisor, rounded half away from zero.</summary>
    private static BigInteger Rounded(BigInteger value, BigInteger divisor)
    {
        var twice = BigInteger.Abs(value) * 2 / BigInteger.Abs(divisor);
        return (twice + 1) / 2 * value.Sign * divisor.Sign;
    }

    private static bool Agrees(bool fits, Int128 result, BigInteger exact) =>
        BigInteger.Abs(exact) < Limit ? fits && (BigInteger)result == exact : !fits;

    [Fact]
    public void Sums_are_exact_or_refused() => ForAll((a, b) => Agrees(Decimal128.TryAdd(a, b, out var sum), sum, (BigInteger)a + b));

    [Fact]
    public void A_sum_at_the_edge_of_128_bits_is_refused_like_any_other()
    {
        foreach (var sum in (Int128[])[Int128.MinValue, Int128.MaxValue, Int128.MinValue + 1])
        {
            var half = sum / 2;
            Assert.False(Decimal128.TryAdd(half, sum - half, out _));
        }
    }

    [Fact]
    public void Products_are_exact_or_refused() => ForAll((a, b) => Agrees(Decimal128.TryMultiply(a, b, out var product), product, (BigInteger)a * b));

    [Fact]
    public void Division_rounds_half_away_from_zero() => ForAll((a, b) => b == 0 || (BigInteger)Decimal128.RoundedDivide(a, b) == Rounded(a, b));

    [Theory]
    [InlineData(5, 10, 1)]
    [InlineData(-5, 10, -1)]
    [InlineData(4, 10, 0)]
    [InlineData(-15, 10, -2)]
    [InlineData(15, -10, -2)]
    [InlineData(-25, -10, 3)]
    public void Halves_go_away_from_zero(int value, int divisor, int expected) => Assert.Equal(expected, Decimal128.RoundedDivide(value, divisor));

    [Fact]
    public void Rescaling_up_is_exact_or_refused_and_down_is_rounded() => Prop.ForAll(
        Numbers.ToArbitrary(), Gen.Choose(0, 38).Two().ToArbitrary(), (number, scales) =>
    {
        var (from, to) = (scales.Item1, scales.Item2);
        var fits = Decimal128.TryRescale(number, from, to, out var result);
        var exact = to >= from ? number * BigInteger.Pow(10, to - from) : Rounded(number, BigInteger.Pow(10, from - to));
        return Agrees(fits, result, exact);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Formatted_numbers_read_back_as_themselves() => Prop.ForAll(Numbers.ToArbitrary(), Gen.Choose(0, 38).ToArbitrary(), (number, scale) =>
    {
        var text = Decimal128.Format(number, scale);
        return Decimal128.TryParse(Encoding.UTF8.GetBytes(text), 38, scale, out var read) && read == number
            && text.Length - 1 - text.IndexOf('.', StringComparison.Ordinal) == (scale == 0 ? text.Length : scale);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(-1250, 2, "-12.50")]
    [InlineData(5, 3, "0.005")]
    [InlineData(-5, 1, "-0.5")]
    [InlineData(0, 2, "0.00")]
    [InlineData(0, 0, "0")]
    [InlineData(7, 0, "7")]
    public void Plain_digits_are_written(int unscaled, int scale, string text) => Assert.Equal(text, Decimal128.Format(unscaled, scale));

    [Fact]
    public void Text_with_a_point_and_an_exponent_is_rounded_once_from_its_exact_value()
    {
        var texts = from seed in ArbMap.Default.GeneratorFor<int>() select Text(new Random(seed));
        Prop.ForAll(texts.ToArbitrary(), Gen.Choose(0, 38).ToArbitrary(), Gen.Choose(1, 38).ToArbitrary(), (text, scale, precision) =>
        {
            scale = Math.Min(scale, precision);
            var fits = Decimal128.TryParse(Encoding.UTF8.GetBytes(text.Written), precision, scale, out var read);
            var power = text.Power + scale;
            var exact = power >= 0 ? text.Digits * BigInteger.Pow(10, power) : Rounded(text.Digits, BigInteger.Pow(10, -power));
            return BigInteger.Abs(exact) < BigInteger.Pow(10, precision) ? fits && (BigInteger)read == exact : !fits;
        }).QuickCheckThrowOnFailure();
    }

    /// <summary>A number as text, and its value as digits x 10^power.</summary>
    private static (string Written, BigInteger Digits, int Power) Text(Random random)
    {
        var whole = Digits(random, random.Next(1, random.Next(2) == 0 ? 8 : 60));
        var fraction = Digits(random, random.Next(random.Next(2) == 0 ? 8 : 60));
        var exponent = random.Next(3) == 0 ? random.Next(-60, 60) : 0;
        var sign = random.Next(3) switch { 0 => "-", 1 => "+", _ => "" };
        var written = sign + whole + (fraction.Length > 0 ? "." + fraction : "");
        if (exponent != 0) written += (random.Next(2) == 0 ? "e" : "E") + (exponent > 0 && random.Next(2) == 0 ? "+" : "") + exponent.ToString(CultureInfo.InvariantCulture);
        var digits = BigInteger.Parse(whole + fraction, CultureInfo.InvariantCulture);
        return (written, sign == "-" ? -digits : digits, exponent - fraction.Length);
    }

    private static string Digits(Random random, int count) => string.Concat(Enumerable.Range(0, count).Select(_ => "0000123456789955"[random.Next(16)]));

    [Theory]
    [InlineData("0.5", 1, 0, "1")]
    [InlineData("-0.5", 1, 0, "-1")]
    [InlineData("0.49999999999999999999999999999999999999999999999", 1, 0, "0")]
    [InlineData("1.005", 3, 2, "1.01")]
    [InlineData("9.995", 3, 2, null)]
    [InlineData("99999999999999999999999999999999999999.4", 38, 0, "99999999999999999999999999999999999999")]
    [InlineData("99999999999999999999999999999999999999.5", 38, 0, null)]
    [InlineData("12345678901234567890123456789012345678.5", 38, 0, "12345678901234567890123456789012345679")]
    [InlineData("-12345678901234567890123456789012345678.5", 38, 0, "-12345678901234567890123456789012345679")]
    [InlineData("100000000000000000000000000000000000000", 38, 0, null)]
    [InlineData("100000000000000000000000000000000000000e-1", 38, 0, "10000000000000000000000000000000000000")]
    [InlineData("1e37", 38, 0, "10000000000000000000000000000000000000")]
    [InlineData("1e38", 38, 0, null)]
    [InlineData("0.00000000000000000000000000000000000001", 38, 38, "0.00000000000000000000000000000000000001")]
    [InlineData("1e-400", 38, 38, "0.00000000000000000000000000000000000000")]
    [InlineData("1e-99999999999", 3, 1, "0.0")]
    [InlineData("0e99999999999", 3, 1, "0.0")]
    [InlineData("1e99999999999", 38, 1, null)]
    [InlineData("000000000000000000000000000000000000000000001.5", 2, 1, "1.5")]
    [InlineData("1.500000000000000000000000000000000000000000000", 2, 1, "1.5")]
    [InlineData("+7", 1, 0, "7")]
    [InlineData("10", 1, 0, null)]
    public void Numbers_at_the_limits(string text, int precision, int scale, string? expected) =>
        Assert.Equal(expected, Decimal128.TryParse(Encoding.UTF8.GetBytes(text), precision, scale, out var unscaled) ? Decimal128.Format(unscaled, scale) : null);

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("e5")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("1e5x")]
    [InlineData("1e5\0")]
    [InlineData("1e 5")]
    [InlineData("1e--5")]
    [InlineData("1.2.3")]
    [InlineData("--1")]
    [InlineData("1 ")]
    [InlineData(" 1")]
    [InlineData("1_000")]
    [InlineData("1,5")]
    [InlineData("0x1")]
    [InlineData("NaN")]
    [InlineData("١")]
    public void What_is_no_number_is_refused(string text) => Assert.False(Decimal128.TryParse(Encoding.UTF8.GetBytes(text), 38, 6, out _));

    [Fact]
    public void A_double_is_the_nearest_to_the_exact_value() => Prop.ForAll(Numbers.ToArbitrary(), Gen.Choose(0, 38).ToArbitrary(), (number, scale) =>
        Decimal128.ToDouble(number, scale) == new ExactFraction(number, BigInteger.Pow(10, scale)).ToDouble()).QuickCheckThrowOnFailure();

    [Fact]
    public void A_number_fits_a_precision_when_it_has_no_more_digits() => Prop.ForAll(Numbers.ToArbitrary(), Gen.Choose(1, 38).ToArbitrary(), (number, precision) =>
        Decimal128.Fits(number, precision) == (BigInteger.Abs(number) < BigInteger.Pow(10, precision))).QuickCheckThrowOnFailure();
}
