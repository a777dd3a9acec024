using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace StreamForge.Tests.Server;

public sealed class ManyKeysLookupTests
{
    [Fact]
    public async Task Results_come_in_the_order_asked_with_event_times()
    {
        await using var server = await RunningServer.StartAsync();

        var (status, body) = await server.PostTextAsync("""{"features": ["customers:spend_lifetime", "customers:orders_1h"], "entities": [{"customer_id": 1}, {"customer_id": 17850}]}""");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(
            """{"results":[{"entity":{"customer_id":1},"features":{"spend_lifetime":null,"orders_1h":null},"status":{"spend_lifetime":"NOT_FOUND","orders_1h":"NOT_FOUND"},"event_time":null},"""
            + """{"entity":{"customer_id":17850},"features":{"spend_lifetime":5391.210,"orders_1h":297},"status":{"spend_lifetime":"PRESENT","orders_1h":"PRESENT"},"event_time":"2011-12-09T12:49:00Z"}]"""
            + ""","at":"2011-12-09T12:50:00Z","watermark":"2011-12-09T12:49:55Z","newest_event":"2011-12-09T12:49:59.999999Z"}""",
            body.ToJsonString());
    }

    [Fact]
    public async Task A_service_gives_its_features()
    {
        await using var server = await RunningServer.StartAsync();

        var (_, body) = await server.PostAsync(new { service = "churn_v1", entities = new[] { new { customer_id = 17850 } } });

        Assert.Equal("""{"orders_1h":297,"spend_lifetime":5391.210}""", body["results"]![0]!["features"]!.ToJsonString());
    }

    [Fact]
    public async Task One_entity_row_serves_views_with_different_keys_and_equal_names_are_told_apart_by_view()
    {
        await using var server = await RunningServer.StartAsync();

        var (_, body) = await server.PostTextAsync(
            """{"features": ["users:*", "customers:orders_1h", "customers:avg_order", "users:orders_1h"], "entities": [{"customer_id": "17850", "user_id": "u-1"}]}""");

        Assert.Equal("""{"users:orders_1h":3,"customers:orders_1h":297,"avg_order":18.1522}""", body["results"]![0]!["features"]!.ToJsonString());
        Assert.Equal("""{"user_id":"u-1","customer_id":17850}""", body["results"]![0]!["entity"]!.ToJsonString());
    }

    [Theory]
    [InlineData("17850")]
    [InlineData("17850.0")]
    [InlineData("\"17850\"")]
    [InlineData("\"\\u00317850\"")]
    [InlineData("1.785e4")]
    public async Task Numbers_match_by_value(string value)
    {
        await using var server = await RunningServer.StartAsync();

        var (_, body) = await server.PostTextAsync($$"""{"entities": [{"customer_id": {{value}}}], "features": ["customers:orders_1h"]}""");

        Assert.Equal(297, (int)body["results"]![0]!["features"]!["orders_1h"]!);
    }

    [Fact]
    public async Task At_and_numbers_are_taken()
    {
        await using var server = await RunningServer.StartAsync();

        var (_, body) = await server.PostTextAsync(
            """{"at": "2011-12-09T12:00:00Z", "features": ["customers:spend_lifetime"], "entities": [{"customer_id": 17850}]}""", "?numbers=string");

        Assert.Equal("2011-12-09T12:00:00Z", (string?)body["at"]);
        Assert.Equal("\"5391.210\"", body["results"]![0]!["features"]!["spend_lifetime"]!.ToJsonString());
    }

    [Fact]
    public async Task No_entities_give_no_results()
    {
        await using var server = await RunningServer.StartAsync();

        var (_, body) = await server.PostTextAsync("""{"features": ["customers:*"], "entities": []}""");

        Assert.Equal("""{"results":[],"at":null,"watermark":null,"newest_event":null}""", body.ToJsonString());
    }

    [Fact]
    public async Task Ten_thousand_entities_are_answered_and_one_more_is_refused()
    {
        await using var server = await RunningServer.StartAsync();
        static string Request(int entities) =>
            $$"""{"features": ["customers:*"], "entities": [{{string.Join(",", Enumerable.Range(0, entities).Select(i => $$"""{"customer_id": {{i + 10_000}}}"""))}}]}""";

        var (_, body) = await server.PostTextAsync(Request(10_000));
        var (status, problem) = await server.PostTextAsync(Request(10_001));

        var results = body["results"]!.AsArray();
        Assert.Equal(10_000, results.Count);
        for (var i = 0; i < results.Count; i++) Assert.Equal(i + 10_000, (int)results[i]!["entity"]!["customer_id"]!);
        Assert.Equal(297, (int)results[7850]!["features"]!["orders_1h"]!);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("more than 10000 entities in one request; send several requests", (string?)problem["detail"]);
    }

    [Theory]
    [InlineData("""{"features": ["customers:*"], "entities": [{"customer_id": 1}, {}]}""", "entities[1] lacks customer_id, a key column of customers", 1, 64)]
    [InlineData("""{"features": ["customers:*"], "entities": [{"customer_id": 1, "name": 2}]}""", "entities[0] has an unknown column 'name'; it needs customer_id", 1, 63)]
    [InlineData("""{"features": ["customers:*"], "entities": [{"customer_id": 1, "customer_id": 2}]}""", "entities[0] has customer_id twice", 1, 63)]
    [InlineData("""{"features": ["customers:*"], "entities": [{"customer_id": null}]}""", "entities[0]: customer_id is null", 1, 60)]
    [InlineData("""{"features": ["customers:*"], "entities": [{"customer_id": [1]}]}""", "entities[0]: customer_id is no string, number or boolean", 1, 60)]
    [InlineData("""{"features": ["customers:*"], "entities": [{"customer_id": "x"}]}""", "entities[0]: customer_id=x is no bigint", 1, 44)]
    [InlineData("""{"features": ["customers:*"], "entities": [{"customer_id": "\ud800"}]}""", "the string has an escape that is half a surrogate pair", 1, 60)]
    [InlineData("""{"features": ["customers:*"], "entities": [5]}""", "entities[0] must be an object with customer_id", 1, 44)]
    [InlineData("""{"features": ["customers:*"], "entities": {}}""", "'entities' must be an array of objects with the key columns", 1, 43)]
    [InlineData("{\n  \"fetures\": []}", "unknown field 'fetures'; did you mean 'features'?", 2, 3)]
    [InlineData("{\n  \"features\": [], \"features\": []}", "'features' is given twice", 2, 19)]
    [InlineData("{\"features\": [\"é\",\n1], \"entities\": []}", "'features' must be an array of references such as view:feature or view:*", 2, 1)]
    [InlineData("""{"features": ["customers:*"], "entities": [], "at": "noon"}""", "at=noon is no timestamp; write RFC 3339 such as 2011-12-09T12:50:00Z", 1, 53)]
    [InlineData("""{"service": 5, "entities": []}""", "'service' must be a service's name", 1, 13)]
    [InlineData("[]", "the body must be an object with 'service' or 'features', and 'entities'", 1, 1)]
    public async Task A_misfit_in_the_body_is_named_with_line_and_column(string request, string detail, int line, int column)
    {
        await using var server = await RunningServer.StartAsync();

        var (status, problem) = await server.PostTextAsync(request);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(detail.Replace("'features'?", "features?", StringComparison.Ordinal), (string?)problem["detail"]);
        var error = Assert.Single(problem["errors"]!.AsArray())!;
        Assert.Equal((line, column, "request body"), ((int)error["line"]!, (int)error["column"]!, (string)error["file"]!));
    }

    [Theory]
    [InlineData("", 1, 1)]
    [InlineData("{", 1, 2)]
    [InlineData("{\"features\": [],\n \"entities\": [}", 2, 15)]
    [InlineData("{\"features\": [], \"entities\": []} x", 1, 34)]
    public async Task Malformed_JSON_is_named_with_line_and_column(string request, int line, int column)
    {
        await using var server = await RunningServer.StartAsync();

        var (status, problem) = await server.PostTextAsync(request);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("the body is no JSON: ", (string?)problem["detail"], StringComparison.Ordinal);
        var error = Assert.Single(problem["errors"]!.AsArray())!;
        Assert.Equal((line, column), ((int)error["line"]!, (int)error["column"]!));
    }

    [Fact]
    public async Task A_body_that_is_not_UTF8_is_named_with_its_place()
    {
        await using var server = await RunningServer.StartAsync();
        using var content = new ByteArrayContent([.. "{\n\"a\": \""u8, 0xFF, .. "\"}"u8]);

        using var response = await server.Client.PostAsync(new Uri("/v1/features:get", UriKind.Relative), content);
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

        Assert.Equal("the body is not UTF-8", (string?)problem["detail"]);
        Assert.Equal((2, 7), ((int)problem["errors"]![0]!["line"]!, (int)problem["errors"]![0]!["column"]!));
    }

    [Theory]
    [InlineData("""{"entities": []}""", 400, "the request needs either 'service' or 'features'")]
    [InlineData("""{"service": "churn_v1", "features": [], "entities": []}""", 400, "the request needs either 'service' or 'features'")]
    [InlineData("""{"service": "churn_v1"}""", 400, "the request lacks 'entities', an array of objects with the key columns")]
    [InlineData("""{"features": [], "entities": []}""", 400, "the request names no features; 'features' takes view:feature or view:*")]
    [InlineData("""{"features": ["orders_1h"], "entities": []}""", 400, "features[0] 'orders_1h' names no view; write view:feature or view:*")]
    [InlineData("""{"features": ["customer:orders_1h"], "entities": []}""", 404, "there is no view 'customer'; did you mean customers?")]
    [InlineData("""{"features": ["customers:order_1h"], "entities": []}""", 404, "the view customers has no feature 'order_1h'; did you mean orders_1h?")]
    [InlineData("""{"service": "churn_v2", "entities": []}""", 404, "there is no service 'churn_v2'; did you mean churn_v1?")]
    [InlineData("""{"features": ["customers:*"], "entities": [{"customer_id": 1}], "at": "2001-01-01T00:00:00Z"}""", 400, "customers keeps nothing before 2011-12-08T12:50:00Z, the earliest possible time")]
    public async Task A_request_for_what_is_not_there_is_refused(string request, int status, string detail)
    {
        await using var server = await RunningServer.StartAsync();

        var (code, problem) = await server.PostTextAsync(request);

        Assert.Equal(status, (int)code);
        Assert.Equal(detail, (string?)problem["detail"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_past_16_MiB_is_refused(bool lengthKnown)
    {
        await using var server = await RunningServer.StartAsync();
        var body = new byte[(16 << 20) + 1];
        Array.Fill(body, (byte)' ');
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/features:get");
        request.Content = lengthKnown ? new ByteArrayContent(body) : new StreamContent(new MemoryStream(body));
        request.Headers.TransferEncodingChunked = !lengthKnown;
        // The server answers without reading what it refuses; a client that asks first sees the answer instead of a broken pipe.
        request.Headers.ExpectContinue = lengthKnown;

        using var response = await server.Client.SendAsync(request);
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("the request body is larger than 16 MiB; send several requests", (string?)problem["detail"]);
    }

    [Fact]
    public async Task A_body_of_nearly_16_MiB_is_read()
    {
        await using var server = await RunningServer.StartAsync();
        var request = """{"features": ["customers:orders_1h"], "entities": [{"customer_id": 17850}]}""";

        var (_, body) = await server.PostTextAsync(request + new string(' ', (16 << 20) - Encoding.UTF8.GetByteCount(request)));

        Assert.Equal(297, (int)body["results"]![0]!["features"]!["orders_1h"]!);
    }
}
