using StreamForge.Core;
using StreamForge.Tests.Clickstream;

namespace StreamForge.Tests.Engine;

/// <summary>Watermarks over several partitions, idleness, ttl, and views with a time of their own.</summary>
public sealed class TimeTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2024, 6, 1, 0, 0, 0, TimeSpan.Zero);

    private const string TwoSources = """
        metadata: {name: case}
        sources:
          a: {type: files, path: a.json, format: json, event_time: t, schema: [{name: t, type: timestamptz}, {name: k, type: string}], watermark: {out_of_orderness: 0s, idle_timeout: 20s}}
          b: {type: files, path: b.json, format: json, event_time: t, schema: [{name: t, type: timestamptz}, {name: k, type: string}], watermark: {out_of_orderness: 0s, idle_timeout: 20s}}
        features:
          - {view: va, input: a, entity: [k], windows: [1h], aggregates: [{name: n, function: count}]}
          - {view: vb, input: b, entity: [k], windows: [1h], aggregates: [{name: n, function: count}]}
        sinks:
          sa: {type: files, input: a, path: outa}
          sb: {type: files, input: b, path: outb}
        orchestration: {max_records: 1}
        """;

    private readonly PipelineFolder _folder = new(TwoSources);

    public void Dispose() => _folder.Dispose();

    private static string Event(string time, string key = "k", string more = "") => $$"""{"t": "2024-01-01T{{time}}Z", "k": "{{key}}"{{more}}}""" + "\n";

    private static long At(string time) => EventTime.FromDateTimeOffset(DateTimeOffset.Parse($"2024-01-01T{time}Z", System.Globalization.CultureInfo.InvariantCulture));

    [Fact]
    public async Task An_idle_partition_holds_the_watermark_until_its_timeout_and_no_longer()
    {
        _folder.Write("a.json", Event("00:00:00") + Event("10:00:00"));
        _folder.Write("b.json", Event("01:00:00"));
        var clock = new ManualClock(Start);
        await using var running = await _folder.OpenAsync(bounded: false, clock: clock);
        using var stop = new CancellationTokenSource();
        var run = running.Engine.RunAsync(stop.Token);
        await Soon.ComesAsync(() => running.Engine.Status().Events == 3, run);
        Assert.Equal(At("01:00:00"), running.Engine.Status().Watermark);
        var minute = 0;
        while (running.Engine.Status().Watermark == At("01:00:00"))
        {
            // The other partition goes on bringing events, so that it is never idle itself.
            Append("a.json", Event($"10:{++minute:D2}:00"));
            await Soon.ComesAsync(() => running.Engine.Status().Events == 3 + minute, run, clock, TimeSpan.FromMilliseconds(10));
            clock.Move(TimeSpan.FromSeconds(2));
        }
        Assert.True(clock.GetUtcNow() - Start >= TimeSpan.FromSeconds(20));
        await Soon.ComesAsync(() => running.Engine.Status().Watermark == At($"10:{minute:D2}:00"), run);
        // It wakes up behind the watermark: what it brings is late, the watermark is not lowered.
        Append("b.json", Event("05:00:00"));
        await Soon.ComesAsync(() => running.Engine.Status().Late == 1, run, clock, TimeSpan.FromMilliseconds(10));
        Assert.Equal(At($"10:{minute:D2}:00"), running.Engine.Status().Watermark);
        await stop.CancelAsync();
        await Soon.ComesAsync(() => run.IsCompleted, run, clock, TimeSpan.FromMilliseconds(10));
        await run;
        Assert.Equal(At($"10:{minute:D2}:00"), _folder.Checkpoint.Watermark);
        Assert.Contains($"\"position\":\"b.json:{Event("01:00:00").Length}\"", Assert.Single(_folder.Late()), StringComparison.Ordinal);
    }

    private void Append(string file, string text)
    {
        using var stream = new FileStream(_folder[file], FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
    }

    [Fact]
    public async Task Two_sources_are_read_side_by_side_each_into_its_own_views_and_sinks()
    {
        _folder.Write("a.json", string.Concat(Enumerable.Range(0, 60).Select(i => Event($"00:{i:D2}:00"))));
        _folder.Write("b.json", string.Concat(Enumerable.Range(0, 30).Select(i => Event($"00:{i:D2}:00"))) + "no event\n");
        var status = await _folder.RunAsync();
        Assert.Equal((91, 1, 90), (status.Events, status.DeadLetters, status.Rows));
        Assert.Equal(("60", "30"), (_folder.Read("va", "k")["n_1h"].ToString(), _folder.Read("vb", "k")["n_1h"].ToString()));
        Assert.Equal((60, 30), (_folder.SinkRows("outa").Length, _folder.SinkRows("outb").Length));
        Assert.Equal(At("00:59:00"), status.Watermark);
        Assert.Equal(["a", "b"], _folder.Checkpoint.Partitions.Select(p => p.Source));
        _folder.Append("b.json", Event("02:00:00"));
        await _folder.RunAsync();
        Assert.Equal(("60", "1"), (_folder.Read("va", "k")["n_1h"].ToString(), _folder.Read("vb", "k")["n_1h"].ToString()));
    }

    [Fact]
    public async Task A_key_that_was_last_seen_longer_ago_than_the_ttl_is_outside_its_max_age()
    {
        _folder.Pipeline = """
            metadata: {name: case}
            sources:
              a: {type: files, path: a.json, format: json, event_time: t, schema: [{name: t, type: timestamptz}, {name: k, type: string}]}
            features:
              - {view: v, input: a, entity: [k], windows: [10m, lifetime], aggregates: [{name: n, function: count}], derived: [{name: more, expression: "n_lifetime + 1"}], ttl: 30m}
            """;
        _folder.Write("a.json", Event("00:00:00", "old") + Event("00:20:00", "edge") + Event("00:50:00", "new"));
        await _folder.RunAsync();
        // Now is one microsecond after 00:50, so that 00:20 lies a microsecond outside.
        Assert.All(_folder.Read("v", "old").Values, v => Assert.Equal(FeatureStatus.OutsideMaxAge, v.Status));
        Assert.All(_folder.Read("v", "edge").Values, v => Assert.Equal(FeatureStatus.OutsideMaxAge, v.Status));
        Assert.All(_folder.Read("v", "edge", At("00:50:00")).Values, v => Assert.Equal(FeatureStatus.Present, v.Status));
        Assert.Equal(["1", "1", "2"], _folder.Read("v", "new").Values.Select(v => v.ToString()));
        Assert.All(_folder.Read("v", "none").Values, v => Assert.Equal(FeatureStatus.NotFound, v.Status));
    }

    [Fact]
    public async Task A_view_may_go_by_a_time_of_its_own()
    {
        _folder.Pipeline = """
            metadata: {name: case}
            sources:
              a:
                type: files
                path: a.json
                format: json
                event_time: t
                watermark: {out_of_orderness: 0s, max_future: 1d}
                schema: [{name: t, type: timestamptz}, {name: k, type: string}, {name: paid, type: timestamptz}]
            features:
              - {view: v, input: a, entity: [k], event_time: paid, windows: [1h, lifetime], resolution: 1m, aggregates: [{name: n, function: count}]}
              - {view: w, input: a, entity: [k], windows: [1h, lifetime], resolution: 1m, aggregates: [{name: n, function: count}]}
            """;
        string[] paid = ["2024-01-01T00:00:00Z", "2024-01-01T00:30:00Z", "2024-01-01T05:00:00Z", "9999-01-01T00:00:00Z"];
        _folder.Write("a.json", string.Concat(paid.Select((p, i) => Event($"05:00:0{i}", more: $$""", "paid": "{{p}}" """))) + Event("05:00:04", more: """, "paid": null"""));
        var status = await _folder.RunAsync();
        Assert.Equal(["1", "3"], _folder.Read("v", "k").Values.Select(v => v.ToString()));
        Assert.Equal(["5", "5"], _folder.Read("w", "k").Values.Select(v => v.ToString()));
        Assert.Equal(At("05:00:00") + 1, PipelineFolder.ReadRow(_folder.AtRest.OpenFeatures(_folder.Plan), "v", "k").Row.At);
        // The second came hours after what it speaks of: it misses the hour, not the lifetime. Before the first there was no watermark yet.
        Assert.Equal((1, 2), (status.Late, status.DeadLetters));
        Assert.Contains("\"missed\":[\"v.1h\"]", Assert.Single(_folder.Late()), StringComparison.Ordinal);
        Assert.Contains("view v: its event time 9999-01-01T00:00:00Z lies more than 1d (max_future) past its arrival", _folder.DeadLetters()[0], StringComparison.Ordinal);
        Assert.Contains("view v: it lacks its event time, paid", _folder.DeadLetters()[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_moment_that_is_no_longer_kept_is_refused_and_the_earliest_one_named()
    {
        _folder.Pipeline = """
            metadata: {name: case}
            sources:
              a: {type: files, path: a.json, format: json, event_time: t, watermark: {out_of_orderness: 0s}, schema: [{name: t, type: timestamptz}, {name: k, type: string}]}
            features:
              - {view: v, input: a, entity: [k], windows: [10m], resolution: 1m, aggregates: [{name: n, function: count}]}
            """;
        _folder.Write("a.json", string.Concat(Enumerable.Range(0, 20).Select(i => Event($"00:{i:D2}:30"))));
        await _folder.RunAsync();
        var before = _folder.AtRest.OpenFeatures(_folder.Plan);
        var at = At("00:19:00");
        Assert.Equal("10", PipelineFolder.Read(before, "v", "k", at)["n_10m"].ToString());
        _folder.Append("a.json", Event("03:00:00"));
        await using var running = await _folder.OpenAsync();
        await running.Engine.RunAsync(CancellationToken.None);
        var error = Assert.Throws<StreamForgeException>(() => PipelineFolder.Read(running.Features, "v", "k", at));
        Assert.Equal(ErrorKind.OutOfRange, error.Kind);
        Assert.StartsWith("v is no longer kept as of 2024-01-01T00:19:00Z; the earliest possible time is ", error.Message, StringComparison.Ordinal);
    }
}
