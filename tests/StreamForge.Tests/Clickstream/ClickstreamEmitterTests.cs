using System.Text;
using StreamForge.Connectors.Clickstream;

namespace StreamForge.Tests.Clickstream;

public sealed class ClickstreamEmitterTests
{
    [Fact]
    public async Task As_many_lines_as_asked_for_are_the_generators()
    {
        using var target = new MemoryStream();
        var reports = new List<(long Events, long Bytes)>();

        var (events, bytes) = await ClickstreamEmitter.EmitAsync(
            new ClickstreamOptions(), 10_000, paced: false, target, TimeProvider.System, (e, b) => reports.Add((e, b)), CancellationToken.None);

        Assert.Equal((10_000, target.Length), (events, bytes));
        Assert.Equal(Expected(10_000), Encoding.UTF8.GetString(target.ToArray()));
        Assert.True(reports.Count > 1);
        Assert.Equal((events, bytes), reports[^1]);
    }

    [Fact]
    public async Task A_paced_stream_takes_its_time()
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch) { MovesByItself = true };
        using var target = new MemoryStream();

        await ClickstreamEmitter.EmitAsync(new ClickstreamOptions(Rate: 100), 1000, paced: true, target, clock, null, CancellationToken.None);

        Assert.InRange((clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds, 10, 10.05);
        Assert.Equal(1000, Encoding.UTF8.GetString(target.ToArray()).Count(c => c == '\n'));
    }

    [Fact]
    public async Task Cancelling_leaves_whole_lines()
    {
        using var cancellation = new CancellationTokenSource();
        using var target = new MemoryStream();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ClickstreamEmitter.EmitAsync(
            new ClickstreamOptions(), null, paced: false, target, TimeProvider.System, (events, _) =>
            {
                if (events > 20_000) cancellation.Cancel();
            }, cancellation.Token));

        var text = Encoding.UTF8.GetString(target.ToArray());
        Assert.Equal(Expected(text.Count(c => c == '\n')), text);
    }

    private static string Expected(int events)
    {
        var generator = new ClickstreamGenerator(new ClickstreamOptions());
        var line = new byte[ClickstreamGenerator.MaxLineBytes];
        var text = new StringBuilder();
        for (var i = 0; i < events; i++) text.Append(Encoding.UTF8.GetString(line, 0, generator.WriteNext(line)));
        return text.ToString();
    }
}
