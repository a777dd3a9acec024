using System.Net;
using StreamForge.Core;

namespace StreamForge.Tests.Server;

public sealed class ViewLookupTests
{
    [Fact]
    public async Task Known_key_gives_the_whole_document_of_the_contract()
    {
        await using var server = await RunningServer.StartAsync();

        using var response = await server.Client.GetAsync(new Uri("/v1/views/customers?customer_id=17850", UriKind.Relative));

        Assert.Equal("application/json", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(
            """{"view":"customers","entity":{"customer_id":17850},"at":"2011-12-09T12:50:00Z","watermark":"2011-12-09T12:49:55Z","newest_event":"2011-12-09T12:49:59.999999Z"""
            + "\",\"" + """features":{"orders_1h":297,"spend_lifetime":5391.210,"avg_order":18.1522,"last_country_1h":"Österreich \"A\" <1>"}"""
            + ""","status":{"orders_1h":"PRESENT","spend_lifetime":"PRESENT","avg_order":"PRESENT","last_country_1h":"PRESENT"}"""
            + ""","effective":{"1h":{"from":"2011-12-09T11:50:00Z","to":"2011-12-09T12:50:00Z"},"lifetime":{"from":null,"to":"2011-12-09T12:50:00Z"}}}""",
            await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Unknown_key_is_200_with_nulls_and_NOT_FOUND()
    {
        await using var server = await RunningServer.StartAsync();

        var (status, body) = await server.GetAsync("/v1/views/customers?customer_id=1");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Null(body["features"]!["spend_lifetime"]);
        Assert.Equal("NOT_FOUND", (string?)body["status"]!["spend_lifetime"]);
        Assert.Equal(1, (int)body["entity"]!["customer_id"]!);
    }

    [Fact]
    public async Task Mixed_statuses_are_told_feature_by_feature()
    {
        await using var server = await RunningServer.StartAsync();
        server.Reader.Put(
            TestReader.Customers, ["5"], FeatureValue.OfInt64(DataType.BigInt, 0), FeatureValue.Missing(DataType.Decimal(38, 3), FeatureStatus.NullValue),
            FeatureValue.OfDouble(double.NaN), FeatureValue.Missing(DataType.String, FeatureStatus.OutsideMaxAge));

        var (_, body) = await server.GetAsync("/v1/views/customers?customer_id=5");

        Assert.Equal("""{"orders_1h":0,"spend_lifetime":null,"avg_order":null,"last_country_1h":null}""", body["features"]!.ToJsonString());
        Assert.Equal(
            """{"orders_1h":"PRESENT","spend_lifetime":"NULL_VALUE","avg_order":"NULL_VALUE","last_country_1h":"OUTSIDE_MAX_AGE"}""", body["status"]!.ToJsonString());
    }

    [Theory]
    [InlineData("17850.0")]
    [InlineData("%31%37850")]
    [InlineData("+17850")]
    [InlineData("1785e1")]
    public async Task Numeric_keys_match_by_value(string text)
    {
        await using var server = await RunningServer.StartAsync();

        // A plus sign in a query is a space unless it is escaped.
        var (_, body) = await server.GetAsync("/v1/views/customers?customer_id=" + text.Replace("+", "%2B", StringComparison.Ordinal));

        Assert.Equal(297, (int)body["features"]!["orders_1h"]!);
    }

    [Theory]
    [InlineData("a b&c=d/é😀", "a%20b%26c%3Dd%2F%C3%A9%F0%9F%98%80")]
    [InlineData("a b", "a+b")]
    [InlineData("a+b%", "a%2Bb%25")]
    [InlineData("", "")]
    public async Task Percent_encoded_keys_are_decoded(string key, string encoded)
    {
        await using var server = await RunningServer.StartAsync();
        server.Reader.Put(TestReader.Users, [key], FeatureValue.OfInt64(DataType.BigInt, 42));

        var (_, body) = await server.GetAsync($"/v1/views/users?user%5Fid={encoded}");

        Assert.Equal(42, (int)body["features"]!["orders_1h"]!);
        Assert.Equal(key, (string?)body["entity"]!["user_id"]);
    }

    [Fact]
    public async Task Composite_key_takes_a_parameter_a_column_and_a_column_named_at_hides_the_option()
    {
        await using var server = await RunningServer.StartAsync();
        server.Reader.Put(TestReader.Places, ["France", "2011-12-09"], FeatureValue.OfInt64(DataType.BigInt, 7));

        var (_, body) = await server.GetAsync("/v1/views/places?at=2011-12-09&country=France");

        Assert.Equal(7, (int)body["features"]!["visits"]!);
        Assert.Equal("""{"country":"France","at":"2011-12-09"}""", body["entity"]!.ToJsonString());
        Assert.Equal("2011-12-09T12:50:00Z", (string?)body["at"]);
    }

    [Fact]
    public async Task Values_of_every_type_have_their_JSON_form_in_key_and_features()
    {
        await using var server = await RunningServer.StartAsync();
        server.Reader.Put(
            TestReader.Typed, ["true", "1.50", "2.5", "1969-12-31T23:59:59.5Z", "AQI="],
            FeatureValue.OfBoolean(true), FeatureValue.OfDouble(-0.1), FeatureValue.OfDecimal(DataType.Decimal(38, 10), -5), FeatureValue.OfInt64(DataType.Date, -1),
            FeatureValue.OfInt64(DataType.TimestampTz, -1000), FeatureValue.OfText(new DataType(TypeKind.Array), """[1, "a"]"""));

        using var response = await server.Client.GetAsync(new Uri("/v1/views/typed?b=true&d=1.5&m=2.50&t=1970-01-01T00:59:59.500%2B01:00&x=AQI%3D", UriKind.Relative));

        Assert.StartsWith(
            """{"view":"typed","entity":{"b":true,"d":1.5,"m":2.50,"t":"1969-12-31T23:59:59.500Z","x":"AQI="},"at":"2011-12-09T12:50:00Z","watermark":"2011-12-09T12:49:55Z"""
            + "\",\"" + """newest_event":"2011-12-09T12:49:59.999999Z","features":{"flag":true,"number":-0.1,"money":-0.0000000005,"day":"1969-12-31","time":"1969-12-31T23:59:59.999Z","list":[1, "a"]}""",
            await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Numbers_as_strings_are_for_what_a_double_cannot_hold()
    {
        await using var server = await RunningServer.StartAsync();
        server.Reader.Put(
            TestReader.Customers, ["9007199254740993"], FeatureValue.OfInt64(DataType.BigInt, 9007199254740992), FeatureValue.OfDecimal(DataType.Decimal(38, 3), Int128.Parse("-12345678901234567890123456789012345678")),
            FeatureValue.OfDouble(1.5), FeatureValue.OfText(DataType.String, ""));

        var (_, asStrings) = await server.GetAsync("/v1/views/customers?customer_id=9007199254740993&numbers=string");
        var (_, asNumbers) = await server.GetAsync("/v1/views/customers?customer_id=9007199254740993");

        Assert.Equal(
            """{"orders_1h":9007199254740992,"spend_lifetime":"-12345678901234567890123456789012345.678","avg_order":1.5,"last_country_1h":""}""", asStrings["features"]!.ToJsonString());
        Assert.Equal("\"9007199254740993\"", asStrings["entity"]!["customer_id"]!.ToJsonString());
        Assert.Equal("-12345678901234567890123456789012345.678", asNumbers["features"]!["spend_lifetime"]!.ToJsonString());
        Assert.Equal("9007199254740993", asNumbers["entity"]!["customer_id"]!.ToJsonString());
    }

    [Theory]
    [InlineData("2011-12-09T12:00:00Z", "2011-12-09T12:00:00Z")]
    [InlineData("2011-12-09T13:00:00%2B01:00", "2011-12-09T12:00:00Z")]
    [InlineData("2011-12-09T13:00:00+01:00", "2011-12-09T12:00:00Z")]
    [InlineData("2011-12-09%2011:30", "2011-12-09T11:30:00Z")]
    public async Task At_reads_that_moment(string at, string read)
    {
        await using var server = await RunningServer.StartAsync();

        var (_, body) = await server.GetAsync($"/v1/views/customers?customer_id=17850&at={at}");

        Assert.Equal(read, (string?)body["at"]);
        Assert.Equal(read, (string?)body["effective"]!["1h"]!["to"]);
    }

    [Theory]
    [InlineData("/v1/views/custmers?customer_id=1", 404, "not_found", "there is no view 'custmers'; did you mean customers?")]
    [InlineData("/v1/views/zzzzzzzz", 404, "not_found", "there is no view 'zzzzzzzz'; there are customers, places, typed, users")]
    [InlineData("/v1/views/customers", 400, "invalid_argument", "the key lacks customer_id; it needs customer_id=<bigint>")]
    [InlineData("/v1/views/places?country=a", 400, "invalid_argument", "the key lacks at; it needs country=<string>, at=<date>")]
    [InlineData("/v1/views/customers?customer_id=1&user=2", 400, "invalid_argument", "the key has no column user; it needs customer_id=<bigint>")]
    [InlineData("/v1/views/customers?customer_id=1&customer_id=2", 400, "invalid_argument", "the key's customer_id is given twice")]
    [InlineData("/v1/views/customers?customer_id=abc", 400, "invalid_argument", "customer_id=abc is no bigint")]
    [InlineData("/v1/views/customers?customer_id=99999999999999999999", 400, "invalid_argument", "customer_id=99999999999999999999 is no bigint")]
    [InlineData("/v1/views/customers?customer_id=", 400, "invalid_argument", "customer_id= is no bigint")]
    [InlineData("/v1/views/customers?customer_id=1&at=yesterday", 400, "invalid_argument", "at=yesterday is no timestamp; write RFC 3339 such as 2011-12-09T12:50:00Z")]
    [InlineData("/v1/views/customers?customer_id=1&at=2001-01-01T00:00:00Z", 400, "out_of_range", "customers keeps nothing before 2011-12-08T12:50:00Z, the earliest possible time")]
    [InlineData("/v1/views/customers?customer_id=1&numbers=hex", 400, "invalid_argument", "numbers=hex is unknown; write string or number")]
    [InlineData("/v1/views/users?user_id=%2", 400, "invalid_argument", "'%2' is not percent-encoded: after % come two hex digits, and a percent sign itself is %25")]
    [InlineData("/v1/views/users?user_id=%FF", 400, "invalid_argument", "'%FF' is not UTF-8 once its percent signs are decoded")]
    public async Task A_wrong_request_is_refused_with_what_would_be_right(string path, int status, string kind, string detail)
    {
        await using var server = await RunningServer.StartAsync();

        var (code, problem) = await server.GetAsync(path);

        Assert.Equal(status, (int)code);
        Assert.Equal(status, (int)problem["status"]!);
        Assert.Equal(kind, (string?)problem["kind"]);
        Assert.Equal(detail, (string?)problem["detail"]);
        Assert.False((bool)problem["retryable"]!);
    }

    [Fact]
    public async Task The_list_of_views_has_their_keys_windows_and_features()
    {
        await using var server = await RunningServer.StartAsync();

        var (_, body) = await server.GetAsync("/v1/views");

        Assert.Equal(4, (int)body["total"]!);
        Assert.Equal("""["total","items","next"]""", System.Text.Json.JsonSerializer.Serialize(body.AsObject().Select(property => property.Key)));
        Assert.Null(body["next"]);
        Assert.Equal(
            """{"name":"customers","pipeline":"retail","description":"what a customer did","entity":[{"name":"customer_id","type":"bigint"}]"""
            + ""","windows":[{"name":"1h","resolution":"1m"},{"name":"lifetime","resolution":null}],"features":["""
            + """{"name":"orders_1h","type":"bigint","function":"count","window":"1h","description":"lines bought","since":null},"""
            + """{"name":"spend_lifetime","type":"decimal(38,3)","function":"sum","window":"lifetime","description":null,"since":null},"""
            + """{"name":"avg_order","type":"double","function":"derived","window":null,"description":null,"since":null},"""
            + """{"name":"last_country_1h","type":"string","function":"last","window":"1h","description":null,"since":null}]}""",
            body["items"]![0]!.ToJsonString());
    }

    [Fact]
    public async Task Views_that_change_are_noticed()
    {
        await using var server = await RunningServer.StartAsync();

        server.Reader.Views = [TestReader.Users];

        Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync("/v1/views/customers?customer_id=1")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v1/views/users?user_id=u-1")).Status);
    }
}
