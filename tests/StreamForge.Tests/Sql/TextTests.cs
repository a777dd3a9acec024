using System.Text;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;

namespace StreamForge.Tests.Sql;

public class TextTests
{
    [Theory]
    [InlineData("'it''s'", "it's")]
    [InlineData("'a' || 'b' || 'c'", "abc")]
    [InlineData("'a' || NULL", null)]
    [InlineData("UPPER('aäß')", "AÄß")]
    [InlineData("LOWER('AÄ')", "aä")]
    [InlineData("INITCAP('hello wORLD-x')", "Hello World-X")]
    [InlineData("TRIM('  a ')", "a")]
    [InlineData("TRIM(BOTH 'x' FROM 'xxaxx')", "a")]
    [InlineData("TRIM(LEADING 'xä' FROM 'xäxaä')", "aä")]
    [InlineData("TRIM(TRAILING FROM ' a ')", " a")]
    [InlineData("TRIM('x' FROM 'xax')", "a")]
    [InlineData("LTRIM('  a ')", "a ")]
    [InlineData("RTRIM('xay', 'y')", "xa")]
    [InlineData("BTRIM('xyaxy', 'xy')", "a")]
    [InlineData("SUBSTRING('héllo' FROM 2 FOR 3)", "éll")]
    [InlineData("SUBSTRING('héllo', 2)", "éllo")]
    [InlineData("SUBSTR('héllo', -3, 2)", "ll")]
    [InlineData("SUBSTRING('abc', 0, 2)", "ab")]
    [InlineData("SUBSTRING('abc', 9)", "")]
    [InlineData("SUBSTRING('abc', 2, -1)", null)]
    [InlineData("CHAR_LENGTH('a😀é')", "3")]
    [InlineData("LENGTH('')", "0")]
    [InlineData("OCTET_LENGTH('é')", "2")]
    [InlineData("POSITION('l' IN 'héllo')", "3")]
    [InlineData("POSITION('x' IN 'hello')", "0")]
    [InlineData("LOCATE('l', 'hello', 4)", "4")]
    [InlineData("INSTR('hello', 'lo')", "4")]
    [InlineData("REPLACE('banana', 'an', '_')", "b__a")]
    [InlineData("REPLACE('banana', '', '_')", "banana")]
    [InlineData("CONCAT('a', 'b', 'c')", "abc")]
    [InlineData("CONCAT('a', NULL)", null)]
    [InlineData("CONCAT_WS('-', 'a', NULL, 'b')", "a-b")]
    [InlineData("CONCAT_WS(NULL, 'a')", null)]
    [InlineData("LPAD('é', 4, 'xy')", "xyxé")]
    [InlineData("RPAD('abc', 2, 'x')", "ab")]
    [InlineData("RPAD('ab', 5, '')", null)]
    [InlineData("LEFT('héllo', 2)", "hé")]
    [InlineData("LEFT('hello', -1)", "")]
    [InlineData("RIGHT('hellö', 2)", "lö")]
    [InlineData("REVERSE('aé😀')", "😀éa")]
    [InlineData("REPEAT('ab', 3)", "ababab")]
    [InlineData("REPEAT('ab', -3)", "")]
    [InlineData("SPLIT_INDEX('a,b,,d', ',', 2)", "")]
    [InlineData("SPLIT_INDEX('a,b', ',', 2)", null)]
    [InlineData("REGEXP('abc123', '[0-9]+$')", "true")]
    [InlineData("REGEXP_EXTRACT('order-4711/x', '([a-z]+)-(\\d+)', 2)", "4711")]
    [InlineData("REGEXP_EXTRACT('x', '(\\d+)', 1)", null)]
    [InlineData("REGEXP_REPLACE('a1b22', '\\d+', '#')", "a#b#")]
    [InlineData("STARTSWITH('hello', 'he')", "true")]
    [InlineData("ENDSWITH('hello', 'he')", "false")]
    [InlineData("MD5('abc')", "900150983cd24fb0d6963f7d28e17f72")]
    [InlineData("SHA256('abc')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("TO_BASE64('hé')", "aMOp")]
    [InlineData("FROM_BASE64('aMOp')", "hé")]
    [InlineData("FROM_BASE64('%%')", null)]
    [InlineData("ASCII('A')", "65")]
    [InlineData("CHR(228)", "ä")]
    [InlineData("'50%' LIKE '50!%' ESCAPE '!'", "true")]
    [InlineData("'505' LIKE '50!%' ESCAPE '!'", "false")]
    [InlineData("'a😀c' LIKE 'a_c'", "true")]
    [InlineData("'abc' NOT LIKE 'b%'", "true")]
    [InlineData("NULL LIKE 'b%'", null)]
    public void Text_functions(string sql, string? expected) => Assert.Equal(expected, Rows.Value(sql));

    [Fact]
    public void Text_functions_give_the_same_over_columns_as_over_constants()
    {
        var batch = Rows.Batch(("t", DataType.String, ["hello", null, "", "häuser"]), ("n", DataType.Int, [1, 2, 3, null]));
        Assert.Equal(["HELLO", null, "", "HÄUSER"], Rows.Evaluate("UPPER(t)", batch));
        Assert.Equal(["hello", null, "", null], Rows.Evaluate("SUBSTRING(t, n)", batch));
        Assert.Equal(["h", null, "", null], Rows.Evaluate("LEFT(t, n)", batch));
        Assert.Equal(["true", null, "false", "true"], Rows.Evaluate("t LIKE 'h%'", batch));
        Assert.Equal(["true", null, "true", "true"], Rows.Evaluate("t LIKE t", batch));
        Assert.Equal(["false", null, "false", "true"], Rows.Evaluate("t IN ('häuser', 'x', 'y', 'z', 'w', 'v')", batch));
        Assert.Equal(["x", "x", "x", "häuser"], Rows.Evaluate("CASE WHEN t LIKE '%u%' THEN t ELSE 'x' END", batch));
        Assert.Equal(["2", null, "0", "6"], Rows.Evaluate("CASE t WHEN 'hello' THEN 2 ELSE CHAR_LENGTH(t) END", batch));
        batch.Release();
    }

    [Fact]
    public void Like_agrees_with_a_naive_matcher()
    {
        var texts = Gen.Elements("a", "b", "é", "😀", "%", "_").ListOf().Select(string.Concat).Resize(10);
        var patterns = Gen.Elements("a", "b", "é", "😀", "%", "%", "_", "\\%", "\\_", "\\\\").ListOf().Select(string.Concat).Resize(10);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(texts.ToArbitrary(), patterns.ToArbitrary(), (text, pattern) =>
        {
            var batch = Rows.Batch(("t", DataType.String, [text]), ("p", DataType.String, [pattern]));
            var expected = Naive([.. text.EnumerateRunes()], [.. pattern.EnumerateRunes()]) ? "true" : "false";
            Assert.Equal(expected, Rows.Evaluate($"t LIKE '{pattern}' ESCAPE '\\'", batch)[0]);
            Assert.Equal(expected, Rows.Evaluate("t LIKE p ESCAPE '\\'", batch)[0]);
            batch.Release();
        }));
    }

    private static bool Naive(ReadOnlySpan<Rune> text, ReadOnlySpan<Rune> pattern)
    {
        if (pattern.IsEmpty) return text.IsEmpty;
        switch (pattern[0].Value)
        {
            case '%':
                for (var i = 0; i <= text.Length; i++)
                {
                    if (Naive(text[i..], pattern[1..])) return true;
                }
                return false;
            case '\\':
                return !text.IsEmpty && text[0] == pattern[1] && Naive(text[1..], pattern[2..]);
            default:
                return !text.IsEmpty && (pattern[0].Value == '_' || text[0] == pattern[0]) && Naive(text[1..], pattern[1..]);
        }
    }
}
