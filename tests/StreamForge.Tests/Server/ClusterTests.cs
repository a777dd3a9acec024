using System.Net;
using System.Text.Json.Nodes;
using StreamForge.Core;

namespace StreamForge.Tests.Server;

/// <summary><c>/v1/cluster</c>, and starting and stopping pipelines, over the real server.</summary>
public sealed class ClusterTests
{
    [Fact]
    public async Task A_server_that_is_no_node_of_a_cluster_says_so()
    {
        await using var server = await RunningServer.StartAsync();

        var (status, problem) = await server.GetAsync("/v1/cluster");

        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal("this server is no node of a cluster; streamforge silo start runs one", (string?)problem["detail"]);
    }

    [Fact]
    public async Task The_cluster_is_its_nodes_and_the_positions_of_its_partitions()
    {
        await using var server = await RunningServer.StartAsync(cluster: new TestCluster());

        var (status, answer) = await server.GetAsync("/v1/cluster");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(
            """
            {"id":"test","here":"a@1","nodes":[{"silo":"a@1","name":"one","state":"active","started":"1970-01-01T00:00:01Z","keys":7},{"silo":"b@2","name":"two","state":"dead","started":null,"keys":null}],"partitions":[{"pipeline":"retail","source":"orders","partition":3,"silo":"a@1","received":30,"applied":20,"durable":10,"end":25,"lag":5,"rewinds":2,"failure":null},{"pipeline":"retail","source":"orders","partition":4,"silo":null,"received":0,"applied":0,"durable":0,"end":null,"lag":null,"rewinds":0,"failure":"no broker"}]}
            """,
            answer.ToJsonString());
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("start")]
    public async Task A_pipeline_is_switched_and_shown_as_it_then_is(string verb)
    {
        var cluster = new TestCluster();
        await using var server = await RunningServer.StartAsync(cluster: cluster);

        using var response = await server.Client.PostAsync(new Uri($"/v1/pipelines/retail:{verb}", UriKind.Relative), null);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("retail", (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["name"]);
        Assert.Equal($"{verb} retail", Assert.Single(cluster.Orders));
    }

    [Fact]
    public async Task A_pipeline_that_is_not_there_cannot_be_stopped()
    {
        var cluster = new TestCluster();
        await using var server = await RunningServer.StartAsync(cluster: cluster);

        using var response = await server.Client.PostAsync(new Uri("/v1/pipelines/retial:stop", UriKind.Relative), null);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("did you mean retail?", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(cluster.Orders);
    }

    [Fact]
    public async Task A_node_describes_and_lists_what_only_nodes_answer()
    {
        await using var server = await RunningServer.StartAsync(cluster: new TestCluster());

        var (_, description) = await server.GetAsync("/openapi.json");
        var list = await server.Client.GetStringAsync(new Uri("/", UriKind.Relative));

        foreach (var path in new[] { "/v1/cluster", "/v1/pipelines/{name}:stop", "/v1/pipelines/{name}:start" }) Assert.NotNull(description["paths"]![path]);
        Assert.Contains("GET  /v1/cluster", list, StringComparison.Ordinal);
    }

    internal sealed class TestCluster : IClusterReader, IPipelineSwitch
    {
        public List<string> Orders { get; } = [];

        public ValueTask<ClusterStatus> ReadAsync(CancellationToken cancellation) => new(new ClusterStatus(
            "test", "a@1", [new ClusterNode("a@1", "one", NodeState.Active, 1_000_000, 7), new ClusterNode("b@2", "two", NodeState.Dead, EventTime.MinValue, null)],
            [
                new PartitionPositions("retail", "orders", 3, "a@1", 30, 20, 10, 25, 2, null),
                new PartitionPositions("retail", "orders", 4, null, 0, 0, 0, null, 0, "no broker"),
            ]));

        public ValueTask StartAsync(string pipeline, CancellationToken cancellation) => Note("start " + pipeline);

        public ValueTask StopAsync(string pipeline, CancellationToken cancellation) => Note("stop " + pipeline);

        private ValueTask Note(string order)
        {
            Orders.Add(order);
            return default;
        }
    }
}
