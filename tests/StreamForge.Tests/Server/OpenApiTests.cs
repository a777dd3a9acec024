using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace StreamForge.Tests.Server;

/// <summary>The description and the server are compared from both sides: what is described is served as described, and what is served is described.</summary>
public sealed class OpenApiTests
{
    /// <summary>A call for each described path.</summary>
    private static readonly Dictionary<string, string> Calls = new(StringComparer.Ordinal)
    {
        ["/v1/views/{view}"] = "/v1/views/customers?customer_id=17850",
        ["/v1/views/{view}/keys"] = "/v1/views/customers/keys?limit=1",
        ["/v1/views/{view}/tiles/{feature}"] = "/v1/views/customers/tiles/orders_1h?customer_id=17850",
        ["/v1/views/{view}/why/{feature}"] = "/v1/views/customers/why/orders_1h?customer_id=17850",
        ["/v1/pipelines/{name}"] = "/v1/pipelines/retail",
        ["/v1/pipelines/{name}/late"] = "/v1/pipelines/retail/late?limit=2",
        ["/v1/pipelines/{name}/dead-letters"] = "/v1/pipelines/retail/dead-letters?order=newest",
        ["/v1/tables/{table}/snapshots"] = "/v1/tables/retail.order_lines/snapshots?limit=2",
        ["/v1/tables/{table}/rows"] = "/v1/tables/retail.order_lines/rows",
        ["/ui/{file}"] = "/ui/app.js",
    };

    [Fact]
    public async Task Every_described_call_is_served_and_answers_in_the_shape_described()
    {
        await using var server = await RunningServer.StartAsync();
        var document = await DocumentAsync(server);
        var shape = new JsonShape(document);
        foreach (var (path, methods) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in methods!.AsObject())
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), Calls.GetValueOrDefault(path, path));
                if (operation!["requestBody"] is not null) request.Content = new StringContent("""{"features": ["customers:*"], "entities": [{"customer_id": 17850}, {"customer_id": 1}]}""", Encoding.UTF8, "application/json");
                if (path == "/") request.Headers.Accept.ParseAdd("text/html");
                using var response = await server.Client.SendAsync(request);
                Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {await response.Content.ReadAsStringAsync()}");
                var content = operation["responses"]![((int)response.StatusCode).ToString(CultureInfo.InvariantCulture)]!["content"]![response.Content.Headers.ContentType!.ToString()];
                Assert.True(content is not null, $"{method} {path} answers {response.Content.Headers.ContentType}, which is not described");
                if (content["schema"]!["$ref"] is not null) Assert.Empty(shape.Faults(JsonNode.Parse(await response.Content.ReadAsStringAsync()), content["schema"]!));
            }
        }
    }

    [Theory]
    [InlineData("/v1/views/none?x=1", "/v1/views/{view}", 404)]
    [InlineData("/v1/views/customers?customer_id=x", "/v1/views/{view}", 400)]
    [InlineData("/v1/views/customers/tiles/avg_order?customer_id=1", "/v1/views/{view}/tiles/{feature}", 400)]
    [InlineData("/v1/pipelines/none", "/v1/pipelines/{name}", 404)]
    [InlineData("/v1/pipelines/retail/late?limit=0", "/v1/pipelines/{name}/late", 400)]
    [InlineData("/v1/tables/no.such/snapshots", "/v1/tables/{table}/snapshots", 404)]
    public async Task A_problem_is_described_and_has_its_shape(string call, string path, int status)
    {
        await using var server = await RunningServer.StartAsync();
        var document = await DocumentAsync(server);
        var (code, body) = await server.GetAsync(call);
        Assert.Equal(status, (int)code);
        var described = document["paths"]![path]!["get"]!["responses"]![status.ToString(CultureInfo.InvariantCulture)]!["content"]!["application/problem+json"]!["schema"]!;
        Assert.Empty(new JsonShape(document).Faults(body, described));
    }

    [Fact]
    public async Task What_the_plain_list_names_is_described()
    {
        await using var server = await RunningServer.StartAsync();
        var paths = (await DocumentAsync(server))["paths"]!.AsObject().Select(p => p.Key).ToHashSet(StringComparer.Ordinal);
        var listed = (await server.Client.GetStringAsync(new Uri("/", UriKind.Relative))).Split('\n').Where(line => line.StartsWith("GET ", StringComparison.Ordinal) || line.StartsWith("POST", StringComparison.Ordinal))
            .Select(line => line[5..].Split(' ')[0].Split('?')[0]).ToArray();
        Assert.NotEmpty(listed);
        Assert.Empty(listed.Except(paths));
    }

    [Fact]
    public async Task Every_parameter_of_a_path_is_described_and_every_reference_leads_somewhere()
    {
        await using var server = await RunningServer.StartAsync();
        var document = await DocumentAsync(server);
        Assert.Equal("3.1.0", (string?)document["openapi"]);
        foreach (var (path, methods) in document["paths"]!.AsObject())
        {
            foreach (var (_, operation) in methods!.AsObject())
            {
                var described = (operation!["parameters"] as JsonArray ?? []).Where(p => (string?)p!["in"] == "path").Select(p => (string)p!["name"]!);
                Assert.Equal(path.Split('{').Skip(1).Select(part => part[..part.IndexOf('}', StringComparison.Ordinal)]).Order(), described.Order());
            }
        }
        var shape = new JsonShape(document);
        foreach (var reference in document.ToJsonString().Split("\"$ref\":\"").Skip(1).Select(part => part[..part.IndexOf('"', StringComparison.Ordinal)])) Assert.NotNull(shape.Resolve(reference));
    }

    [Fact]
    public async Task A_path_beside_the_described_ones_is_not_served()
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var path in (string[])["/v1/views/customers/none", "/v1/views/customers/tiles", "/v1/tables/a.b", "/ui/", "/ui/a/b", "/v1/tables/"])
            Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync(path)).Status);
    }

    private static async Task<JsonNode> DocumentAsync(RunningServer server) => (await server.GetAsync("/openapi.json")).Body;
}
