using System.Text;
using StreamForge.Formats;
using StreamForge.Formats.Csv;
using StreamForge.Formats.Inference;

namespace StreamForge.Tests.Formats;

public sealed class SchemaInferenceTests
{
    private static string Json(string lines, string? eventTime = null)
    {
        var inference = new JsonInference();
        ReadAll(inference, Encoding.UTF8.GetBytes(lines), 0);
        return inference.Finish(eventTime).ToString();
    }

    private static string Csv(string text, string? eventTime = null)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var inference = new CsvInference();
        CsvReader.ReadHeader(bytes, 0, bytes.Length, final: true, out var at, out var names, out _);
        inference.UseHeader(names);
        ReadAll(inference, bytes, at);
        return inference.Finish(eventTime).ToString();
    }

    private static void ReadAll(SchemaInference inference, byte[] bytes, int at)
    {
        while (at < bytes.Length)
        {
            Assert.NotEqual(RecordOutcome.Incomplete, inference.Read(bytes, at, bytes.Length, final: true, out var next));
            at = next;
        }
    }

    [Theory]
    [InlineData("{\"x\":1}\n{\"x\":-2}", "x bigint")]
    [InlineData("{\"x\":1}\n{\"x\":1.5}", "x double")]
    [InlineData("{\"x\":1}\n{\"x\":\"a\"}", "x string")]
    [InlineData("{\"x\":1}\n{\"x\":true}", "x string")]
    [InlineData("{\"x\":9223372036854775808}", "x double")]
    [InlineData("{\"x\":true}\n{\"x\":null}", "x boolean")]
    [InlineData("{\"x\":null}", "x string")]
    [InlineData("{\"x\":\"12\"}", "x string")]
    [InlineData("{\"x\":\"2020-01-01T00:00:00\"}", "x timestamp")]
    [InlineData("{\"x\":\"2020-01-01 00:00:00\"}\n{\"x\":\"2020-01-01T00:00:00Z\"}", "x timestamptz")]
    [InlineData("{\"x\":\"2020-01-01T00:00:00\"}\n{\"x\":\"later\"}", "x string")]
    [InlineData("{\"x\":\"2020-01-01\"}", "x string")]
    [InlineData("{\"x\":{\"a\":1},\"y\":[1]}", "x string, y string")]
    [InlineData("{\"b\":1}\n{\"a\":2,\"b\":3}", "b bigint, a bigint")]
    [InlineData("{\"x\":1}\n{\"x\":\"a\"\nnonsense\n[1]\n{\"x\":2}\n{\"x\":\"a\",}\n\n", "x bigint")]
    public void Json_columns_get_the_least_type_that_holds_their_values(string lines, string expected) => Assert.Equal(expected, Json(lines));

    [Theory]
    [InlineData("x\n1\n2\n", "x bigint")]
    [InlineData("x\n1\n17850.0\n", "x double")]
    [InlineData("x\n1\nC1\n", "x string")]
    [InlineData("x\n007\n", "x string")]
    [InlineData("x\nTrue\nfalse\n", "x boolean")]
    [InlineData("x,y\n,\n1,\n", "x bigint, y string")]
    [InlineData("x\n99999999999999999999\n", "x double")]
    [InlineData("x\n2010-12-01 08:26:00\n", "x timestamp")]
    [InlineData("x,y\n", "x string, y string")]
    [InlineData("x,y\n1,2\n3\na,b,c\n", "x bigint, y bigint")]
    [InlineData("x\n\"1\"\n\"\"\n", "x string")]
    public void Csv_columns_get_the_least_type_that_holds_their_values(string text, string expected) => Assert.Equal(expected, Csv(text));

    [Theory]
    [InlineData("x\n2010-12-01 08:26:00\nsoon\n2010-12-02 08:26:00\n", "x timestamp")]
    [InlineData("x\n2010-12-01\n", "x timestamp")]
    [InlineData("x\n2010-12-01T00:00Z\n", "x timestamptz")]
    [InlineData("x\nsoon\nlater\n2010-12-02 08:26:00\n", "x string")]
    public void The_event_time_is_a_timestamp_wherever_most_values_parse(string text, string expected) => Assert.Equal(expected, Csv(text, "x"));
}
