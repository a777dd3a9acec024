using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using StreamForge.Core;
using StreamForge.Server;
using StreamForge.Tests.Clickstream;

namespace StreamForge.Tests.Server;

public sealed class ServerTests
{
    [Fact]
    public async Task Health_says_whether_the_host_is_live_and_ready_and_why_not()
    {
        await using var server = await RunningServer.StartAsync();

        Assert.Equal((HttpStatusCode.OK, """{"status":"live"}"""), Text(await server.GetAsync("/health/live")));
        Assert.Equal((HttpStatusCode.OK, """{"status":"ready"}"""), Text(await server.GetAsync("/health/ready")));

        server.IsLive = false;
        server.NotReadyReason = "retail is restoring its checkpoint";

        Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"status":"not_live"}"""), Text(await server.GetAsync("/health/live")));
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, """{"status":"not_ready","reason":"retail is restoring its checkpoint"}"""), Text(await server.GetAsync("/health/ready")));
    }

    [Fact]
    public async Task Metrics_are_Prometheus_text_grouped_by_name_and_escaped()
    {
        await using var server = await RunningServer.StartAsync();
        server.Metrics = writer =>
        {
            writer.Metric("events_total", "Events read,\nby \\ source.", MetricType.Counter);
            writer.Sample(12_345_678_901, new MetricLabel("source", "a\"b\\c\nd"));
            writer.Metric("lag_seconds", "Lag.", MetricType.Gauge);
            writer.Sample(double.PositiveInfinity);
            writer.Metric("events_total", "Said once.", MetricType.Counter);
            writer.Sample(1, new MetricLabel("source", "x"), new MetricLabel("partition", "0"));
            writer.Metric("commit_seconds", "Commits.", MetricType.Histogram);
            writer.Histogram([0.1, 1], [2, 1, 4], 9.5, new MetricLabel("sink", "lake"));
        };

        using var response = await server.Client.GetAsync(new Uri("/metrics", UriKind.Relative));
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.EndsWith(
            "# HELP events_total Events read,\\nby \\\\ source.\n# TYPE events_total counter\nevents_total{source=\"a\\\"b\\\\c\\nd\"} 12345678901\nevents_total{source=\"x\",partition=\"0\"} 1\n"
            + "# HELP lag_seconds Lag.\n# TYPE lag_seconds gauge\nlag_seconds +Inf\n"
            + "# HELP commit_seconds Commits.\n# TYPE commit_seconds histogram\ncommit_seconds_bucket{sink=\"lake\",le=\"0.1\"} 2\ncommit_seconds_bucket{sink=\"lake\",le=\"1\"} 3\n"
            + "commit_seconds_bucket{sink=\"lake\",le=\"+Inf\"} 7\ncommit_seconds_sum{sink=\"lake\"} 9.5\ncommit_seconds_count{sink=\"lake\"} 7\n",
            text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_counts_its_own_answers_keys_and_latencies()
    {
        await using var server = await RunningServer.StartAsync();
        await server.GetAsync("/v1/views/customers?customer_id=17850");
        await server.GetAsync("/v1/views/customers?customer_id=1");
        await server.GetAsync("/v1/views/none");
        await server.PostTextAsync("""{"features": ["users:*"], "entities": [{"user_id": "u-1"}, {"user_id": "u-2"}, {"user_id": "u-1"}]}""");

        var lines = (await server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Split('\n');

        Assert.Contains("streamforge_http_requests_total{route=\"view\",status=\"200\"} 2", lines);
        Assert.Contains("streamforge_http_requests_total{route=\"view\",status=\"404\"} 1", lines);
        Assert.Contains("streamforge_http_requests_total{route=\"features\",status=\"200\"} 1", lines);
        Assert.Contains("streamforge_lookup_keys_total{view=\"customers\",known=\"true\"} 1", lines);
        Assert.Contains("streamforge_lookup_keys_total{view=\"customers\",known=\"false\"} 1", lines);
        Assert.Contains("streamforge_lookup_keys_total{view=\"users\",known=\"true\"} 2", lines);
        Assert.Contains("streamforge_lookup_duration_seconds_count{route=\"view\"} 2", lines);
        Assert.Contains("streamforge_lookup_duration_seconds_count{route=\"features\"} 1", lines);
    }

    [Theory]
    [InlineData("POST", "/v1/views", "GET, HEAD")]
    [InlineData("DELETE", "/v1/views/customers", "GET, HEAD")]
    [InlineData("GET", "/v1/features:get", "POST")]
    [InlineData("PUT", "/health/live", "GET, HEAD")]
    [InlineData("OPTIONS", "/metrics", "GET, HEAD")]
    public async Task A_wrong_method_is_405_with_the_right_ones(string method, string path, string allowed)
    {
        await using var server = await RunningServer.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        using var response = await server.Client.SendAsync(request);
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(allowed, string.Join(", ", response.Content.Headers.Allow));
        Assert.Equal($"{path} does not take {method}; it takes {allowed}", (string?)problem["detail"]);
    }

    [Theory]
    [InlineData("/nothing")]
    [InlineData("/v1/views/")]
    [InlineData("/v1/views/a/b")]
    [InlineData("/v1/pipelinesx")]
    [InlineData("/health")]
    public async Task Any_other_path_is_a_404_problem(string path)
    {
        await using var server = await RunningServer.StartAsync();

        using var response = await server.Client.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(
            $$"""{"type":"about:blank","title":"Not Found","status":404,"detail":"there is nothing at {{path}}; GET / lists what can be called","kind":"not_found","retryable":false,"errors":[]}""",
            await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/get-online-features")]
    [InlineData("/v1/ingest/orders")]
    [InlineData("/v1/pipelines/retail/logs")]
    [InlineData("/v1/pipelines/retail/lineage")]
    [InlineData("/v1/pipelines/retail:start")]
    [InlineData("/iceberg/v1/config")]
    public async Task What_the_contract_names_and_is_not_built_is_not_supported_yet(string path)
    {
        await using var server = await RunningServer.StartAsync();

        var (status, problem) = await server.GetAsync(path);

        Assert.Equal(HttpStatusCode.NotImplemented, status);
        Assert.Equal($"{path} is not supported yet", (string?)problem["detail"]);
        Assert.Equal("not_supported", (string?)problem["kind"]);
    }

    [Theory]
    [InlineData("PUT", "/v1/pipelines/retail")]
    [InlineData("POST", "/v1/pipelines/retail:stop")]
    [InlineData("POST", "/v1/pipelines/retail:checkpoint")]
    public async Task A_verb_that_would_change_a_pipeline_is_not_supported_yet(string method, string path)
    {
        await using var server = await RunningServer.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        using var response = await server.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.NotImplemented, response.StatusCode);
        Assert.Equal($"{path} is not supported yet", (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["detail"]);
    }

    [Fact]
    public async Task The_root_lists_what_can_be_called()
    {
        await using var server = await RunningServer.StartAsync();

        var text = await server.Client.GetStringAsync(new Uri("/", UriKind.Relative));

        foreach (var call in new[] { "/v1/views", "/v1/views/{view}?key=value", "/v1/features:get", "/health/live", "/health/ready", "/metrics" }) Assert.Contains(call, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HEAD_has_the_headers_of_GET_and_no_body()
    {
        await using var server = await RunningServer.StartAsync();
        const string path = "/v1/views/customers?customer_id=17850";
        using var request = new HttpRequestMessage(HttpMethod.Head, path);

        using var response = await server.Client.SendAsync(request);
        var whole = await server.Client.GetByteArrayAsync(new Uri(path, UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(whole.Length, response.Content.Headers.ContentLength);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task A_defect_is_a_500_that_tells_nothing_and_the_connection_goes_on()
    {
        await using var server = await RunningServer.StartAsync();
        server.Reader.BeforeRead = () => throw new InvalidOperationException("secret");

        var (status, problem) = await server.GetAsync("/v1/views/customers?customer_id=1");
        server.Reader.BeforeRead = null;

        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.Equal("internal", (string?)problem["kind"]);
        Assert.DoesNotContain("secret", problem.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v1/views/customers?customer_id=17850")).Status);
    }

    [Fact]
    public async Task A_failure_in_the_middle_of_a_long_answer_breaks_the_connection()
    {
        await using var server = await RunningServer.StartAsync();
        var reads = 0;
        server.Reader.BeforeRead = () =>
        {
            if (++reads == 5000) throw new InvalidOperationException("half way");
        };
        var entities = string.Join(",", Enumerable.Range(0, 10_000).Select(i => $$"""{"customer_id": {{i}}}"""));

        await Assert.ThrowsAsync<HttpRequestException>(() => server.PostTextAsync($$"""{"features": ["customers:*"], "entities": [{{entities}}]}"""));
    }

    [Fact]
    public async Task A_retryable_error_says_so()
    {
        await using var server = await RunningServer.StartAsync();
        server.Reader.BeforeRead = () => throw new StreamForgeException(ErrorKind.Unavailable, "retail is stopped", retryable: true);

        var (status, problem) = await server.GetAsync("/v1/views/customers?customer_id=1");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.True((bool)problem["retryable"]!);
    }

    [Fact]
    public async Task Many_clients_at_once_each_get_their_own_answer()
    {
        await using var server = await RunningServer.StartAsync();
        for (var i = 0; i < 100; i++) server.Reader.Put(TestReader.Users, [$"c-{i}"], FeatureValue.OfInt64(DataType.BigInt, i));

        await Parallel.ForAsync(0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            var (_, body) = await server.GetAsync($"/v1/views/users?user_id=c-{i % 100}");
            Assert.Equal(i % 100, (int)body["features"]!["orders_1h"]!);
            Assert.Equal($"c-{i % 100}", (string?)body["entity"]!["user_id"]);
        });
    }

    [Fact]
    public async Task A_connection_is_kept_for_many_requests_and_pipelined_ones_are_answered_in_order()
    {
        await using var server = await RunningServer.StartAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, server.Address.Port);
        var stream = socket.GetStream();
        var requests = "GET /v1/views/users?user_id=u-1 HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\n\r\nGET /v1/views/users?user_id=u-2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

        await stream.WriteAsync(Encoding.ASCII.GetBytes(requests));
        var answers = await new StreamReader(stream).ReadToEndAsync();

        var first = answers.IndexOf("\"orders_1h\":3", StringComparison.Ordinal);
        var second = answers.IndexOf("404 Not Found", StringComparison.Ordinal);
        var third = answers.IndexOf("NOT_FOUND", StringComparison.Ordinal);
        Assert.True(first > 0 && first < second && second < third, answers);
    }

    [Fact]
    public async Task A_body_that_does_not_come_is_not_waited_for_without_end()
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        await using var server = await RunningServer.StartAsync(clock);
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, server.Address.Port);
        await socket.GetStream().WriteAsync("POST /v1/features:get HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nConnection: close\r\n\r\n{\"features\""u8.ToArray());

        var answering = new StreamReader(socket.GetStream()).ReadLineAsync();
        while (!answering.IsCompleted)
        {
            clock.Move(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal("HTTP/1.1 408 Request Timeout", await answering);
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_middle_of_its_body_harms_nobody()
    {
        await using var server = await RunningServer.StartAsync();
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(IPAddress.Loopback, server.Address.Port);
            await socket.GetStream().WriteAsync("POST /v1/features:get HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{\"features\""u8.ToArray());
            socket.LingerState = new LingerOption(true, 0);
        }

        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v1/views/users?user_id=u-1")).Status);
    }

    [Fact]
    public async Task A_client_that_does_not_read_a_long_answer_and_leaves_harms_nobody()
    {
        await using var server = await RunningServer.StartAsync();
        var entities = string.Join(",", Enumerable.Range(0, 10_000).Select(i => $$"""{"customer_id": {{i}}}"""));
        using (var content = new StringContent($$"""{"features": ["customers:*"], "entities": [{{entities}}]}"""))
        using (var request = new HttpRequestMessage(HttpMethod.Post, "/v1/features:get") { Content = content })
        using (var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v1/views/users?user_id=u-1")).Status);
    }

    [Fact]
    public async Task A_port_in_use_is_refused_in_one_sentence()
    {
        await using var server = await RunningServer.StartAsync();

        var error = await Assert.ThrowsAsync<StreamForgeException>(() => StartAsync(new FeatureServerOptions("127.0.0.1", server.Address.Port)));

        Assert.Equal(ErrorKind.Busy, error.Kind);
        Assert.Equal($"port {server.Address.Port} on 127.0.0.1 is in use by another program; choose another with --port", error.Message);
    }

    [Theory]
    [InlineData("203.0.113.7", 0, "203.0.113.7 is no address of this machine; choose one with --bind")]
    [InlineData("nowhere", 0, "'nowhere' is no IP address; write one of this machine's, localhost, or * for all, with --bind")]
    [InlineData("127.0.0.1", 70000, "70000 is no port; choose one from 1 to 65535, or 0 for any, with --port")]
    public async Task An_address_that_cannot_be_bound_is_refused_in_one_sentence(string bind, int port, string message)
    {
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => StartAsync(new FeatureServerOptions(bind, port)));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Equal(message, error.Message);
    }

    [Fact]
    public async Task A_stopped_server_frees_its_port()
    {
        var first = await StartAsync(new FeatureServerOptions("localhost", 0));
        await first.DisposeAsync();

        await using var second = await StartAsync(new FeatureServerOptions("localhost", first.Address.Port));

        Assert.Equal(first.Address, second.Address);
    }

    private static Task<FeatureServer> StartAsync(FeatureServerOptions options)
    {
        var ports = new RunningServer();
        return FeatureServer.StartAsync(options, new ServerPorts(ports.Reader, ports, ports), TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
    }

    private static (HttpStatusCode Status, string Body) Text((HttpStatusCode Status, JsonNode Body) answer) => (answer.Status, answer.Body.ToJsonString());
}
