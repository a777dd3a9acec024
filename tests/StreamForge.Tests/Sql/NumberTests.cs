using System.Globalization;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;

namespace StreamForge.Tests.Sql;

public class NumberTests
{
    [Theory]
    [InlineData("1", "int")]
    [InlineData("2147483648", "bigint")]
    [InlineData("-2147483648", "int")]
    [InlineData("9223372036854775808", "decimal(19,0)")]
    [InlineData("1.5", "decimal(2,1)")]
    [InlineData("0.05", "decimal(2,2)")]
    [InlineData("1e3", "double")]
    [InlineData("1 + 1", "bigint")]
    [InlineData("CAST(1 AS DECIMAL(10, 3)) + CAST(1 AS DECIMAL(5, 4))", "decimal(12,4)")]
    [InlineData("CAST(1 AS DECIMAL(10, 3)) * CAST(1 AS DECIMAL(5, 4))", "decimal(15,7)")]
    [InlineData("CAST(1 AS DECIMAL(10, 3)) / CAST(1 AS DECIMAL(5, 4))", "decimal(20,9)")]
    [InlineData("CAST(1 AS DECIMAL(10, 3)) % CAST(1 AS DECIMAL(5, 4))", "decimal(5,4)")]
    [InlineData("CAST(1 AS DECIMAL(10, 3)) * CAST(1 AS INT)", "decimal(20,3)")]
    [InlineData("CAST(1 AS DECIMAL(10, 3)) * CAST(1 AS BIGINT)", "decimal(29,3)")]
    [InlineData("CAST(1 AS DECIMAL(10, 3)) * 1e0", "double")]
    [InlineData("CAST(1 AS DECIMAL(38, 18)) * CAST(1 AS DECIMAL(38, 18))", "decimal(38,6)")]
    [InlineData("CAST(1 AS DECIMAL(38, 0)) + CAST(1 AS DECIMAL(38, 10))", "decimal(38,6)")]
    [InlineData("CAST(1 AS DECIMAL(38, 3)) + CAST(1 AS DECIMAL(38, 3))", "decimal(38,3)")]
    [InlineData("COALESCE(CAST(1 AS DECIMAL(5, 3)), 1)", "decimal(13,3)")]
    [InlineData("CASE WHEN TRUE THEN 1 ELSE 1e0 END", "double")]
    [InlineData("ROUND(CAST(1 AS DECIMAL(10, 3)), 1)", "decimal(9,1)")]
    [InlineData("FLOOR(CAST(1 AS DECIMAL(10, 3)))", "decimal(8,0)")]
    public void Result_types_follow_Flinks_rules(string sql, string type) => Assert.Equal(type, Rows.Type(sql));

    [Theory]
    [InlineData("7 / 2", "3")]
    [InlineData("-7 / 2", "-3")]
    [InlineData("-7 % 2", "-1")]
    [InlineData("MOD(7, -2)", "1")]
    [InlineData("7.0 / 2", "3.500000000000")]
    [InlineData("2 / 3.0", "0.666667")]
    [InlineData("1e0 / 0", "∞")]
    [InlineData("0e0 / 0", "NaN")]
    [InlineData("1 / 0", "! division by zero in 1 / 0")]
    [InlineData("1.0 / 0", "! division by zero in 1.0 / 0")]
    [InlineData("9223372036854775807 + 1", "! bigint overflow in 9223372036854775807 + 1")]
    [InlineData("-9223372036854775808 / -1", "! bigint overflow in -9223372036854775808 / -1")]
    [InlineData("-9223372036854775808 % -1", "0")]
    [InlineData("ABS(-9223372036854775808)", "! bigint overflow in ABS(-9223372036854775808)")]
    [InlineData("ABS(-1.50)", "1.50")]
    [InlineData("SIGN(-2.5)", "-1")]
    [InlineData("-(1 + 1)", "-2")]
    [InlineData("1 - -1", "2")]
    [InlineData("2 + 3 * 4 - 5", "9")]
    [InlineData("0.1 + 0.2", "0.3")]
    [InlineData("99999999999999999999999999999999999999 + 1", "! decimal(38,0) overflow in 99999999999999999999999999999999999999 + 1")]
    [InlineData("CEIL(1.2)", "2")]
    [InlineData("CEIL(-1.2)", "-1")]
    [InlineData("FLOOR(-1.2)", "-2")]
    [InlineData("FLOOR(-1.2e0)", "-2")]
    [InlineData("ROUND(2.5)", "3")]
    [InlineData("ROUND(-2.5)", "-3")]
    [InlineData("ROUND(1.005, 2)", "1.01")]
    [InlineData("ROUND(1.005e0, 2)", "1.01")]
    [InlineData("ROUND(1250, -2)", "1300")]
    [InlineData("ROUND(1250e0, -2)", "1300")]
    [InlineData("ROUND(1e300, 2)", "1E+300")]
    [InlineData("TRUNCATE(-1.299, 2)", "-1.29")]
    [InlineData("TRUNCATE(1.299e0, 1)", "1.2")]
    [InlineData("SQRT(2)", "1.4142135623730951")]
    [InlineData("POWER(2, 10)", "1024")]
    [InlineData("LOG(2, 8)", "3")]
    [InlineData("LN(E())", "1")]
    [InlineData("DEGREES(PI())", "180")]
    [InlineData("ATAN2(1, 1) * 4 = PI()", "true")]
    [InlineData("CAST('12.7' AS INT)", "12")]
    [InlineData("CAST(' 42 ' AS BIGINT)", "42")]
    [InlineData("CAST('12.345' AS DECIMAL(10, 2))", "12.35")]
    [InlineData("CAST(12.345e0 AS DECIMAL(10, 2))", "12.35")]
    [InlineData("CAST(-1.9 AS INT)", "-1")]
    [InlineData("CAST(-1.9e0 AS BIGINT)", "-1")]
    [InlineData("CAST(3000000000 AS INT)", "! 3000000000 is no int in CAST(3000000000 AS INT)")]
    [InlineData("TRY_CAST(3000000000 AS INT)", null)]
    [InlineData("TRY_CAST('x' AS DECIMAL(3, 1))", null)]
    [InlineData("TRY_CAST('1.25' AS DOUBLE)", "1.25")]
    [InlineData("CAST(1234.5 AS DECIMAL(5, 2))", "! 1234.5 is no decimal(5,2) in CAST(1234.5 AS DECIMAL(5, 2))")]
    [InlineData("CAST(TRUE AS INT)", "1")]
    [InlineData("CAST(0 AS BOOLEAN)", "false")]
    [InlineData("CAST('yes' AS BOOLEAN)", "true")]
    [InlineData("CAST(1e0 AS STRING)", "1.0")]
    [InlineData("CAST(1e7 AS STRING)", "1.0E7")]
    [InlineData("CAST(1.5e-4 AS STRING)", "1.5E-4")]
    [InlineData("CAST(123456789e0 AS STRING)", "1.23456789E8")]
    [InlineData("CAST(0.1e0 AS STRING)", "0.1")]
    [InlineData("CAST(-0.050 AS STRING)", "-0.050")]
    [InlineData("CAST(TRUE AS STRING)", "TRUE")]
    [InlineData("CAST(TIMESTAMP '2020-01-02 03:04:05.120' AS STRING)", "2020-01-02 03:04:05.120")]
    [InlineData("CAST('abcdef' AS VARCHAR(3))", "abc")]
    [InlineData("CAST('ab' AS CHAR(4)) || '|'", "ab  |")]
    [InlineData("GREATEST(1, 2.5, 2)", "2.5")]
    [InlineData("LEAST(3, 1, 2)", "1")]
    [InlineData("GREATEST(1, NULL)", null)]
    public void Arithmetic_and_casts_of_constants(string sql, string? expected) => Assert.Equal(expected, Rows.Value(sql)?.Replace("Infinity", "∞", StringComparison.Ordinal));

    [Theory]
    [InlineData("+")]
    [InlineData("-")]
    [InlineData("*")]
    [InlineData("/")]
    [InlineData("%")]
    public void Integers_agree_with_BigInteger(string operation)
    {
        var numbers = Gen.OneOf(ArbMap.Default.GeneratorFor<long>(), Gen.Elements(0L, 1, -1, 2, long.MaxValue, long.MinValue, 1L << 32, -(1L << 31), 3037000500)).ListOf(37);
        Prop.ForAll(numbers.ToArbitrary(), numbers.ToArbitrary(), (a, b) =>
        {
            var batch = Rows.Batch(("a", DataType.BigInt, [.. a.Cast<object?>()]), ("b", DataType.BigInt, [.. b.Cast<object?>()]));
            var results = Rows.Evaluate($"a {operation} b", batch);
            batch.Release();
            for (var i = 0; i < results.Count; i++) Assert.Equal(Exact(a[i], b[i]), results[i]);
        }).QuickCheckThrowOnFailure();

        string Exact(BigInteger a, BigInteger b)
        {
            if (operation is "/" or "%" && b == 0) return $"! division by zero in a {operation} b";
            var result = operation switch { "+" => a + b, "-" => a - b, "*" => a * b, "/" => BigInteger.Divide(a, b), _ => BigInteger.Remainder(a, b) };
            return result > long.MaxValue || result < long.MinValue ? $"! bigint overflow in a {operation} b" : result.ToString(CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public void Decimals_agree_with_exact_fractions_rounded_once()
    {
        var decimals = from precision in Gen.Choose(1, 38)
                       from scale in Gen.Choose(0, precision)
                       from digits in Gen.Choose(0, 9).ArrayOf(38)
                       from used in Gen.Choose(0, precision)
                       from negative in ArbMap.Default.GeneratorFor<bool>()
                       select (Type: DataType.Decimal(precision, scale), Value: (negative ? -1 : 1) * BigInteger.Parse("0" + string.Concat(digits.Take(used)), CultureInfo.InvariantCulture));
        var cases = from a in decimals from b in decimals from o in Gen.Elements('+', '-', '*', '/', '%') select (a, b, o);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var batch = Rows.Batch(("a", c.a.Type, [(Int128)c.a.Value]), ("b", c.b.Type, [(Int128)c.b.Value]));
            var sql = $"a {c.o} b";
            var type = StreamForge.Sql.SqlExpression.Compile(sql, batch.Schema).Require().Type;
            var result = Rows.Evaluate(sql, batch)[0];
            batch.Release();
            Assert.Equal(Exact(c.o, c.a.Value, c.a.Type.Scale, c.b.Value, c.b.Type.Scale, type, sql), result);
        }));
    }

    private static string Exact(char operation, BigInteger a, int aScale, BigInteger b, int bScale, DataType type, string sql)
    {
        if (operation is '/' or '%' && b == 0) return $"! division by zero in {sql}";
        // As fractions over one power of ten, far finer than any result.
        BigInteger x = a * BigInteger.Pow(10, 80 - aScale), y = b * BigInteger.Pow(10, 80 - bScale), one = BigInteger.Pow(10, 80);
        var (numerator, denominator) = operation switch
        {
            '+' => (x + y, one),
            '-' => (x - y, one),
            '*' => (x * y, one * one),
            '/' => (x, y),
            _ => (BigInteger.Remainder(x, y), one),
        };
        if (denominator.Sign < 0) (numerator, denominator) = (-numerator, -denominator);
        numerator *= BigInteger.Pow(10, type.Scale);
        // Half away from zero: floor of twice the magnitude plus one, halved.
        var magnitude = (2 * BigInteger.Abs(numerator) + denominator) / (2 * denominator);
        if (magnitude >= BigInteger.Pow(10, type.Precision)) return $"! {type} overflow in {sql}";
        return Decimal128.Format((Int128)(magnitude * numerator.Sign), type.Scale);
    }

    [Fact]
    public void Decimals_of_28_digits_agree_with_System_Decimal()
    {
        var numbers = from units in ArbMap.Default.GeneratorFor<int>() from scale in Gen.Choose(0, 6) select units / (decimal)Math.Pow(10, scale);
        Prop.ForAll(numbers.ToArbitrary(), numbers.ToArbitrary(), (a, b) =>
        {
            var text = (decimal v) => v.ToString("F6", CultureInfo.InvariantCulture);
            var batch = Rows.Batch(("a", DataType.Decimal(18, 6), [text(a)]), ("b", DataType.Decimal(18, 6), [text(b)]));
            Assert.Equal(a + b, decimal.Parse(Rows.Evaluate("a + b", batch)[0]!, CultureInfo.InvariantCulture));
            Assert.Equal(a - b, decimal.Parse(Rows.Evaluate("a - b", batch)[0]!, CultureInfo.InvariantCulture));
            Assert.Equal(a * b, decimal.Parse(Rows.Evaluate("a * b", batch)[0]!, CultureInfo.InvariantCulture));
            Assert.Equal(a < b, Rows.Evaluate("a < b", batch)[0] == "true");
            Assert.Equal(a == b, Rows.Evaluate("a = b", batch)[0] == "true");
            Assert.Equal(Math.Round(a, 2, MidpointRounding.AwayFromZero), decimal.Parse(Rows.Evaluate("ROUND(a, 2)", batch)[0]!, CultureInfo.InvariantCulture));
            Assert.Equal(Math.Floor(a), decimal.Parse(Rows.Evaluate("FLOOR(a)", batch)[0]!, CultureInfo.InvariantCulture));
            Assert.Equal(Math.Ceiling(a), decimal.Parse(Rows.Evaluate("CEIL(a)", batch)[0]!, CultureInfo.InvariantCulture));
            batch.Release();
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Decimals_of_different_scale_compare_by_value()
    {
        var batch = Rows.Batch(("a", DataType.Decimal(38, 0), ["99999999999999999999999999999999999999", "1", "-99999999999999999999999999999999999999"]), ("b", DataType.Decimal(38, 37), ["9.9", "1.0", "-9.9"]));
        Assert.Equal(["true", "false", "false"], Rows.Evaluate("a > b", batch));
        Assert.Equal(["false", "true", "false"], Rows.Evaluate("a = b", batch));
        Assert.Equal(["true", "false", "false"], Rows.Evaluate("b < a", batch));
        batch.Release();
    }

    [Fact]
    public void Doubles_follow_IEEE_754()
    {
        var numbers = ArbMap.Default.GeneratorFor<double>().ListOf(19);
        Prop.ForAll(numbers.ToArbitrary(), numbers.ToArbitrary(), (a, b) =>
        {
            var batch = Rows.Batch(("a", DataType.Double, [.. a.Cast<object?>()]), ("b", DataType.Double, [.. b.Cast<object?>()]));
            foreach (var (sql, exact) in new (string, Func<double, double, double>)[] { ("a + b", (x, y) => x + y), ("a - b", (x, y) => x - y), ("a * b", (x, y) => x * y), ("a / b", (x, y) => x / y), ("-a % b", (x, y) => -x % y) })
                Assert.Equal(a.Zip(b, (x, y) => exact(x, y).ToString("R", CultureInfo.InvariantCulture)), Rows.Evaluate(sql, batch));
            Assert.Equal(a.Zip(b, (x, y) => x <= y ? "true" : "false"), Rows.Evaluate("a <= b", batch));
            Assert.Equal(a.Zip(b, (x, y) => x != y ? "true" : "false"), Rows.Evaluate("a <> b", batch));
            batch.Release();
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_double_as_text_reads_back_as_itself()
    {
        Prop.ForAll(ArbMap.Default.GeneratorFor<double>().Where(double.IsFinite).ToArbitrary(), value =>
        {
            var batch = Rows.Batch(("a", DataType.Double, [value]));
            Assert.Equal("true", Rows.Evaluate("CAST(CAST(a AS STRING) AS DOUBLE) = a", batch)[0]);
            batch.Release();
        }).QuickCheckThrowOnFailure();
    }
}
