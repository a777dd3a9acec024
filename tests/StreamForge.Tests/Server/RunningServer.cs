using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using StreamForge.Core;
using StreamForge.Server;

namespace StreamForge.Tests.Server;

/// <summary>The real server on a free port, with a client.</summary>
internal sealed class RunningServer : IAsyncDisposable, IHostStatus, IMetricsSource
{
    private FeatureServer? _server;

    public TestReader Reader { get; } = new();

    public TestPipelines Pipelines { get; } = new();

    public bool IsLive { get; set; } = true;

    public string? NotReadyReason { get; set; }

    public Action<IMetricsWriter> Metrics { get; set; } = _ => { };

    public HttpClient Client { get; private set; } = null!;

    public Uri Address => _server!.Address;

    /// <param name="wrap">Makes another reader of the test's.</param>
    /// <param name="cluster">Makes the server one of a node.</param>
    public static async Task<RunningServer> StartAsync(TimeProvider? clock = null, Func<IFeatureReader, IFeatureReader>? wrap = null, ClusterTests.TestCluster? cluster = null)
    {
        var running = new RunningServer();
        running.Reader.Put(
            TestReader.Customers, ["17850"], FeatureValue.OfInt64(DataType.BigInt, 297), FeatureValue.OfDecimal(DataType.Decimal(38, 3), 5_391_210),
            FeatureValue.OfDouble(18.1522), FeatureValue.OfText(DataType.String, "Österreich \"A\" <1>"));
        running.Reader.Put(TestReader.Users, ["u-1"], FeatureValue.OfInt64(DataType.BigInt, 3));
        running._server = await FeatureServer.StartAsync(
            new FeatureServerOptions(Port: 0), new ServerPorts(wrap?.Invoke(running.Reader) ?? running.Reader, running, running) { Pipelines = running.Pipelines, Tables = new TestTables(), Cluster = cluster, Switch = cluster }, clock ?? TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        running.Client = new HttpClient { BaseAddress = running.Address };
        return running;
    }

    public async Task<(HttpStatusCode Status, JsonNode Body)> GetAsync(string path)
    {
        // As it is written: a Uri would repair what the server is to refuse.
        using var response = await Client.GetAsync(new Uri(Address.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    public Task<(HttpStatusCode Status, JsonNode Body)> PostAsync(object body, string query = "") => PostTextAsync(JsonSerializer.Serialize(body), query);

    public async Task<(HttpStatusCode Status, JsonNode Body)> PostTextAsync(string body, string query = "")
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Client.PostAsync(new Uri("/v1/features:get" + query, UriKind.Relative), content);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    void IMetricsSource.Write(IMetricsWriter writer) => Metrics(writer);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server!.DisposeAsync();
    }
}
