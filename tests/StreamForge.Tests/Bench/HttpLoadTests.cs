using StreamForge.Cli.Bench;

namespace StreamForge.Tests.Bench;

public class HttpLoadTests
{
    private static readonly byte[] Request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray();

    [Fact]
    public async Task Load_without_time_asks_once_on_each_connection()
    {
        await using var empty = await EmptyEndpoint.StartAsync(CancellationToken.None);
        var result = await new HttpLoad(empty.Address, [Request], connections: 3).RunAsync(TimeSpan.Zero, rate: null, CancellationToken.None);
        Assert.Equal((3, 0, 6), (result.Requests, result.Failures, result.BodyBytes));
        Assert.Equal(3, result.Latencies.Count);
    }

    [Fact]
    public async Task Paced_load_sends_as_many_as_are_due()
    {
        await using var empty = await EmptyEndpoint.StartAsync(CancellationToken.None);
        var result = await new HttpLoad(empty.Address, [Request], connections: 4).RunAsync(TimeSpan.FromMilliseconds(50), rate: 400, CancellationToken.None);
        // 20 are due in 50 ms; a busy machine may be done with fewer, never with more.
        Assert.InRange(result.Requests, 4, 20);
        Assert.Equal(0, result.Failures);
    }

    [Fact]
    public void Quantiles_are_those_of_the_sorted_latencies()
    {
        var tick = 1000.0 / System.Diagnostics.Stopwatch.Frequency;
        var joined = HttpLoadResult.Join([new(2, 0, 0, 1, [30, 10]), new(2, 1, 0, 1, [20, 40])]);
        Assert.Equal([10, 20, 30, 40], joined.Latencies);
        Assert.Equal(30 * tick, joined.Quantile(0.5), 1e-12);
        Assert.Equal(40 * tick, joined.Quantile(0.99), 1e-12);
        Assert.Equal((4, 1, 2.0), (joined.Requests, joined.Failures, joined.PerSecond));
    }
}
