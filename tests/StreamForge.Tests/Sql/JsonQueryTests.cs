using StreamForge.Core;

namespace StreamForge.Tests.Sql;

/// <summary>JSON_QUERY and JSON_EXISTS; most cases are those of Flink's documentation.</summary>
public class JsonQueryTests
{
    [Theory]
    [InlineData("""{ "a": { "b": 1 } }""", "'$.a'", """{"b":1}""")]
    [InlineData("[1, 2]", "'$'", "[1,2]")]
    [InlineData(null, "'$'", null)]
    [InlineData("{}", "'$' WITH CONDITIONAL ARRAY WRAPPER", "[{}]")]
    [InlineData("[1, 2]", "'$' WITH CONDITIONAL ARRAY WRAPPER", "[1,2]")]
    [InlineData("[1, 2]", "'$' WITH UNCONDITIONAL ARRAY WRAPPER", "[[1,2]]")]
    [InlineData("[1, 2]", "'$' WITH WRAPPER", "[[1,2]]")]
    [InlineData("[1, 2]", "'$' WITHOUT ARRAY WRAPPER", "[1,2]")]
    [InlineData("1", "'$'", null)]
    [InlineData("1", "'$' WITH CONDITIONAL WRAPPER", "[1]")]
    [InlineData("{}", "'lax $.invalid' EMPTY OBJECT ON EMPTY", "{}")]
    [InlineData("{}", "'strict $.invalid' EMPTY ARRAY ON ERROR", "[]")]
    [InlineData("{}", "'strict $.invalid' EMPTY OBJECT ON EMPTY", null)]
    [InlineData("{]", "'$' EMPTY ARRAY ON EMPTY EMPTY OBJECT ON ERROR", "{}")]
    [InlineData("{}", "'$.a' ERROR ON EMPTY", "! no object or array at the path in JSON_QUERY(d, '$.a' ERROR ON EMPTY)")]
    [InlineData("{]", "'$' ERROR ON ERROR", "! malformed JSON, or no object or array at the path, in JSON_QUERY(d, '$' ERROR ON ERROR)")]
    [InlineData("""{"a": 5}""", "'strict $.a' EMPTY ARRAY ON ERROR", "[]")]
    [InlineData("""{"a": null}""", "'$.a' WITH WRAPPER", null)]
    [InlineData("""{"a":[{"c":"c1"},{"c": "c2"}, {}]}""", "'lax $.a[*].c'", """["c1","c2"]""")]
    [InlineData("""{"a":[{"c":"c1"},{"c": "c2"}]}""", "'$.a[*].c' WITH UNCONDITIONAL WRAPPER", """[["c1","c2"]]""")]
    [InlineData("""{"a": {"x": 1.50, "y": [ true , null ]}}""", "'$.a.*'", "[1.50,[true,null]]")]
    [InlineData("""{"a": 1}""", "'$.b[*]'", "[]")]
    [InlineData("{\"a\": {\"b c\" : \"x\\n\\\"y\\\"\", \"d\": 1e3}}", "'$.a' RETURNING STRING", "{\"b c\":\"x\\n\\\"y\\\"\",\"d\":1e3}")]
    [InlineData("""{"a": {"old": 1}, "a": {"new": 2}}""", "'$.a'", """{"new":2}""")]
    public void Query_gives_objects_and_arrays(string? document, string rest, string? expected)
    {
        var batch = Rows.Batch(("d", DataType.String, [document]));
        Assert.Equal(expected, Rows.Evaluate($"JSON_QUERY(d, {rest})", batch)[0]);
        batch.Release();
    }

    [Theory]
    [InlineData("""{"a": true}""", "'$.a'", "true")]
    [InlineData("""{"a": true}""", "'$.b'", "false")]
    [InlineData("""{"a": [{ "b": 1 }]}""", "'$.a[0].b'", "true")]
    [InlineData("""{"a": true}""", "'strict $.b' TRUE ON ERROR", "true")]
    [InlineData("""{"a": true}""", "'strict $.b' FALSE ON ERROR", "false")]
    [InlineData("""{"a": true}""", "'strict $.b' UNKNOWN ON ERROR", null)]
    [InlineData("""{"a": null}""", "'$.a'", "false")]
    [InlineData("""{"a": [1]}""", "'$.a[*]'", "true")]
    [InlineData("""{"a": []}""", "'$.a[*]'", "false")]
    [InlineData("nonsense", "'$.a'", "false")]
    [InlineData("nonsense", "'$.a' TRUE ON ERROR", "true")]
    [InlineData("nonsense", "'$.a' ERROR ON ERROR", "! malformed JSON, or nothing at the path, in JSON_EXISTS(d, '$.a' ERROR ON ERROR)")]
    [InlineData(null, "'$.a' TRUE ON ERROR", null)]
    public void Exists_says_whether_a_path_meets_something(string? document, string rest, string? expected)
    {
        var batch = Rows.Batch(("d", DataType.String, [document]));
        Assert.Equal(expected, Rows.Evaluate($"JSON_EXISTS(d, {rest})", batch)[0]);
        batch.Release();
    }

    [Fact]
    public void A_strict_path_makes_what_is_missing_or_no_scalar_an_error_of_JSON_VALUE()
    {
        var batch = Rows.Batch(("d", DataType.String, ["""{"a": 1}""", """{"b": 1}""", """{"a": []}"""]));
        Assert.Equal(["1", "E", "E"], Rows.Evaluate("JSON_VALUE(d, 'strict $.a' DEFAULT 'N' ON EMPTY DEFAULT 'E' ON ERROR)", batch));
        Assert.Equal(["1", "N", "N"], Rows.Evaluate("JSON_VALUE(d, 'lax $.a' DEFAULT 'N' ON EMPTY DEFAULT 'E' ON ERROR)", batch));
        batch.Release();
    }

    [Fact]
    public void They_are_conditions_and_texts_like_any_other()
    {
        var batch = Rows.Batch(("d", DataType.String, ["""{"tags": ["x"]}""", "{}"]));
        Assert.Equal(["1", "0"], Rows.Evaluate("CASE WHEN JSON_EXISTS(d, '$.tags') THEN CHAR_LENGTH(JSON_QUERY(d, '$.tags')) - 4 ELSE 0 END", batch));
        batch.Release();
    }
}
