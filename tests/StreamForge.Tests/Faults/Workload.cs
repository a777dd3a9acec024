using System.Globalization;
using System.Text;
using System.Text.Json;
using StreamForge.Tests.Engine;

namespace StreamForge.Tests.Faults;

/// <summary>
/// Events of some users and items, the same for the same seed: mostly in order, some of them hours late, some without a user, some that cannot be taken in; and a pipeline
/// over them that has everything that a crash could spoil: tiles that are dropped, texts, sets that become sketches, two views, a sink, both ledgers.
/// </summary>
internal sealed class Workload(int seed)
{
    private readonly Random _random = new(seed);
    private long _time = 1_700_000_000_000;

    /// <param name="sinks">How many files sinks; their folders are <c>out</c>, <c>out2</c>, ….</param>
    public static string Pipeline(int sinks = 1, int maxRows = 500, string interval = "60s", string file = "events.json", bool closed = false) => $$$"""
        metadata: {name: case}
        sources:
          events:
            type: files
            path: {{{file}}}
            format: json
            schema: [{name: t, type: timestamptz, unit: ms}, {name: user, type: string}, {name: item, type: bigint}, {name: amount, type: "decimal(12,2)"}]
            event_time: t
            watermark: {out_of_orderness: 2s, allowed_lateness: 30s}
        transformations:
          - {name: good, type: sql_transform, input: events, sql: "SELECT user, item, amount, 100 / (item - 13) AS share, t FROM {{ input }} WHERE amount <> 0"}
        features:
          - view: users
            input: good
            entity: [user]
            windows: [1m, 1h, {tumbling: 1h}, lifetime]
            aggregates:
              - {name: n, function: count}
              - {name: sum, function: sum, of: amount}
              - {name: share, function: min, of: share}
              - {name: items, function: distinct, of: item, exact_up_to: 30}
              - {name: last, function: last, of: item}
          - view: items
            input: good
            entity: [{name: item, type: bigint}]
            windows: [10m, lifetime]
            aggregates:
              - {name: n, function: count, where: "amount > 50"}
              - {name: max, function: max, of: amount}
              - {name: user, function: first, of: user}
        {{{Sinks(sinks)}}}{{{(closed ? "  closed: {type: files, input: users, path: closed}" : "")}}}
        orchestration: {checkpoint_interval: {{{interval}}}, max_records: {{{maxRows}}}, parallelism: 2}
        """;

    private static string Sinks(int count) => count == 0
        ? ""
        : "sinks:\n" + string.Concat(Enumerable.Range(1, count).Select(i => $"  s{i}: {{type: files, input: good, path: out{(i == 1 ? "" : i.ToString(CultureInfo.InvariantCulture))}}}\n"));

    /// <summary>The next lines.</summary>
    public byte[] Next(int rows)
    {
        var text = new StringBuilder();
        for (var i = 0; i < rows; i++) Line(text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private void Line(StringBuilder text)
    {
        _time += _random.Next(0, 120);
        var late = _random.Next(100) switch
        {
            0 => _random.Next(100_000, 20_000_000),
            < 10 => _random.Next(0, 4_000),
            _ => 0,
        };
        var user = _random.Next(300) switch
        {
            0 => "null",
            var u when u < 150 => $"\"heavy {u % 3}\"",
            var u => $"\"user {u} ångström\"",
        };
        text.Append(_random.Next(400) switch
        {
            0 => "this is no event",
            1 => $$"""{"t": {{_time - late}}, "user": {{user}}, "item": "many", "amount": 1}""",
            2 => $$"""{"user": {{user}}, "item": 1, "amount": 1}""",
            3 => $$"""{"t": {{_time - late}}, "user": {{user}}, "item": 13, "amount": 1}""",
            _ => string.Create(CultureInfo.InvariantCulture, $$"""{"t": {{_time - late}}, "user": {{user}}, "item": {{_random.Next(90)}}, "amount": {{_random.Next(-1000, 10_000)}}.{{_random.Next(100):D2}}}"""),
        }).Append('\n');
    }

    /// <summary>Everything that can be seen of what a pipeline has made, a line each: what two runs must agree on.</summary>
    public static string[] Outcome(PipelineFolder folder, int sinks = 1)
    {
        var checkpoint = folder.Checkpoint;
        return
        [
            .. checkpoint.Counters.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"counter {c.Key} {c.Value}"),
            $"watermark {checkpoint.Watermark}",
            $"states {checkpoint.StateRecords}",
            .. folder.AllFeatures(),
            // Of one batch, what could not be decoded comes before what failed later on, and batches are cut elsewhere after a crash.
            .. folder.DeadLetters().Order(StringComparer.Ordinal),
            .. folder.Late(),
            .. Enumerable.Range(1, sinks).SelectMany(i => folder.SinkRows(i == 1 ? "out" : $"out{i}").Select(r => $"sink {i} {r}")),
        ];
    }

    /// <summary>
    /// The last revision of every closed window, a line each; that each was emitted with every revision before it, once, is asserted on the way. How many revisions there are depends on how events were
    /// cut into batches, which a crash changes.
    /// </summary>
    public static string[] Closed(PipelineFolder folder)
    {
        var last = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var windows in folder.SinkRows("closed").Select(r => JsonDocument.Parse(r).RootElement).GroupBy(r => $"{r.GetProperty("user")} {r.GetProperty("window_start")}"))
        {
            var ordered = windows.OrderBy(r => r.GetProperty("revision").GetInt64()).ToArray();
            Assert.Equal(Enumerable.Range(0, ordered.Length).Select(i => (long)i), ordered.Select(r => r.GetProperty("revision").GetInt64()));
            last.Add(windows.Key, string.Join(' ', new[] { "n", "sum", "share", "items", "last" }.Select(f => ordered[^1].GetProperty(f).GetRawText())));
        }
        return [.. last.Select(l => $"{l.Key}: {l.Value}").Order(StringComparer.Ordinal)];
    }

    /// <summary>The same of an undisturbed run.</summary>
    public static async Task<string[]> UndisturbedClosedAsync(ReadOnlyMemory<byte> events)
    {
        using var folder = new PipelineFolder(Pipeline(closed: true));
        folder.Write("events.json", events.Span);
        await folder.RunAsync();
        return Closed(folder);
    }

    /// <summary>What an undisturbed run over <paramref name="events"/> makes.</summary>
    public static async Task<string[]> UndisturbedAsync(ReadOnlyMemory<byte> events, int sinks = 1)
    {
        using var folder = new PipelineFolder(Pipeline(sinks));
        folder.Write("events.json", events.Span);
        await folder.RunAsync();
        return Outcome(folder, sinks);
    }

    /// <summary>Compares two outcomes and names the first difference rather than printing both.</summary>
    public static void AssertSame(string[] expected, string[] actual)
    {
        for (var i = 0; i < Math.Min(expected.Length, actual.Length); i++)
        {
            if (expected[i] != actual[i]) Assert.Fail($"line {i}\nexpected: {expected[i]}\nactual:   {actual[i]}");
        }
        Assert.Equal(expected.Length, actual.Length);
    }
}
