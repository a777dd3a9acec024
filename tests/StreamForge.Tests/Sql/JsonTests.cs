using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;

namespace StreamForge.Tests.Sql;

public class JsonTests
{
    private const string Document = """{"a": {"b": [10, "x\ny", null, true, {"c": 1.50}]}, "s": "5", "a b": 7, "dup": 1, "dup": 2, "n": null, "f": 1e3, "u": "\u00e9\ud83d\ude00"}""";

    [Theory]
    [InlineData("'$.a.b[0]'", "10")]
    [InlineData("'$.a.b[1]'", "x\ny")]
    [InlineData("'$.a.b[2]'", null)]
    [InlineData("'$.a.b[3]'", "true")]
    [InlineData("'$.a.b[4].c'", "1.50")]
    [InlineData("'$.a.b[9]'", null)]
    [InlineData("'$.a.b'", null)]
    [InlineData("'$.a'", null)]
    [InlineData("'$'", null)]
    [InlineData("'lax $.s'", "5")]
    [InlineData("'$.\"a b\"'", "7")]
    [InlineData("'$[''a b'']'", "7")]
    [InlineData("'$.dup'", "2")]
    [InlineData("'$.u'", "é😀")]
    [InlineData("'$.missing.x'", null)]
    [InlineData("'$.s.x'", null)]
    [InlineData("'$[0]'", null)]
    [InlineData("'$.a.b[0]' RETURNING BIGINT", "10")]
    [InlineData("'$.s' RETURNING INT", "5")]
    [InlineData("'$.f' RETURNING DOUBLE", "1000")]
    [InlineData("'$.a.b[3]' RETURNING BOOLEAN", "true")]
    [InlineData("'$.a.b[4].c' RETURNING DECIMAL(5, 1)", "1.5")]
    [InlineData("'$.u' RETURNING INT", null)]
    [InlineData("'$.u' RETURNING INT DEFAULT -1 ON ERROR", "-1")]
    [InlineData("'$.u' RETURNING INT ERROR ON ERROR", "! malformed JSON, or no int at the path, in JSON_VALUE(d, '$.u' RETURNING INT ERROR ON ERROR)")]
    [InlineData("'$.missing' DEFAULT 'none' ON EMPTY", "none")]
    [InlineData("'$.n' DEFAULT 'none' ON EMPTY NULL ON ERROR", "none")]
    [InlineData("'$.missing' ERROR ON EMPTY", "! no value at the path in JSON_VALUE(d, '$.missing' ERROR ON EMPTY)")]
    [InlineData("'$.missing' ERROR ON ERROR", null)]
    public void Values_at_paths(string rest, string? expected)
    {
        var batch = Rows.Batch(("d", DataType.String, [Document]));
        Assert.Equal(expected, Rows.Evaluate($"JSON_VALUE(d, {rest})", batch)[0]);
        batch.Release();
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"a": 1""")]
    [InlineData("""{"a": 1}}""")]
    [InlineData("""{"a": 1, }""")]
    [InlineData("nonsense")]
    [InlineData("""{"a": "\ud800"}""")]
    public void Malformed_text_is_null_unless_it_shall_be_an_error(string text)
    {
        var batch = Rows.Batch(("d", DataType.String, [text, """{"a": 3}"""]));
        Assert.Equal([null, "3"], Rows.Evaluate("JSON_VALUE(d, '$.a')", batch));
        Assert.Equal(["-", "3"], Rows.Evaluate("JSON_VALUE(d, '$.a' DEFAULT '-' ON ERROR)", batch));
        Assert.StartsWith("! malformed JSON", Rows.Evaluate("JSON_VALUE(d, '$.a' ERROR ON ERROR)", batch)[0], StringComparison.Ordinal);
        batch.Release();
    }

    [Fact]
    public void A_document_deeper_than_a_thousand_levels_is_malformed_and_no_crash()
    {
        var batch = Rows.Batch(("d", DataType.String, [new string('[', 100_000) + new string(']', 100_000), new string('[', 900) + new string(']', 900)]));
        Assert.Equal(["-", null], Rows.Evaluate("JSON_VALUE(d, '$.a' DEFAULT '-' ON ERROR)", batch));
        batch.Release();
    }

    [Fact]
    public void Values_agree_with_System_Text_Json()
    {
        var leaf = Gen.Elements("1", "-2.5", "1e2", "true", "null", "\"t\"", "\"\\u00e9\\n\"", "\"\"");
        var documents = Nested(leaf, 3);
        var steps = Gen.Elements(".a", ".b", "[0]", "[1]").ListOf().Resize(4).Select(string.Concat);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(documents.ToArbitrary(), steps.ToArbitrary(), (document, path) =>
        {
            var batch = Rows.Batch(("d", DataType.String, [document]));
            Assert.Equal(Reference(document, path), Rows.Evaluate($"JSON_VALUE(d, '${path}')", batch)[0]);
            batch.Release();
        }));
    }

    private static Gen<string> Nested(Gen<string> leaf, int depth)
    {
        if (depth == 0) return leaf;
        var inner = Nested(leaf, depth - 1);
        var members = from names in Gen.Elements("a", "b", "c").ArrayOf(3) from values in inner.ArrayOf(3) select $"{{{string.Join(", ", names.Zip(values, (n, v) => $"\"{n}\" : {v}"))}}}";
        var elements = from values in inner.ArrayOf(2) select $"[{string.Join(',', values)}]";
        return Gen.OneOf(leaf, members, members, elements);
    }

    private static string? Reference(string document, string path)
    {
        using var parsed = JsonDocument.Parse(document);
        var element = parsed.RootElement;
        foreach (var step in path.Replace("[", ".#", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            if (step[0] == '#')
            {
                var index = step[1] - '0';
                if (element.ValueKind != JsonValueKind.Array || index >= element.GetArrayLength()) return null;
                element = element[index];
            }
            else if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(step, out element))
            {
                return null;
            }
        }
        return element.ValueKind switch
        {
            JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.Null => null,
            JsonValueKind.String => element.GetString(),
            _ => element.GetRawText(),
        };
    }
}
