using System.Text;
using System.Text.Json.Nodes;
using StreamForge.Core;
using StreamForge.Embedded.Replays;
using StreamForge.Tests.Changes;
using StreamForge.Tests.Lake;

namespace StreamForge.Tests.Engine;

/// <summary>What sinks have of closed windows after a replay is what a run from scratch gives them that takes every event however late, whatever the window, the sink and the source.</summary>
public sealed class LateReplayTests
{
    private const long Start = 1_700_000_000_000;

    /// <summary>No random event is later.</summary>
    private const int Last = 3000;

    private static string Append(string windows, string sink, string lateness, string more = "") => $$"""
        metadata: {name: case}
        sources:
          s: {type: files, path: events.json, format: json, event_time: t, watermark: {out_of_orderness: 0s, allowed_lateness: {{lateness}}}, schema: [{name: t, type: timestamptz, unit: ms}, {name: k, type: string}, {name: x, type: bigint}]}
        features:
          - view: v
            input: s
            entity: [k]
            windows: [{{windows}}]
            aggregates: [{name: n, function: count}, {name: total, function: sum, of: x}, {name: mean, function: avg, of: x}, {name: kinds, function: top_k, of: x, k: 3}]
        sinks:
          closed: {{{sink}}}{{more}}

        """;

    private static string Changelog(string windows, string sink, string lateness, string before) => $$"""
        metadata: {name: case}
        sources:
          s:
            type: files
            path: events.json
            format: debezium-json
            schema: [{name: id, type: bigint}, {name: amount, type: bigint}, {name: note, type: string}, {name: at, type: timestamp, unit: us}]
            event_time: at
            watermark: {out_of_orderness: 0s, allowed_lateness: {{lateness}}}
            before: {{before}}
        transformations:
          - {name: rows, type: sql_transform, input: s, sql: "SELECT note AS k, amount AS x, at FROM INPUT"}
        features:
          - view: v
            input: rows
            entity: [k]
            windows: [{{windows}}]
            aggregates: [{name: n, function: count}, {name: total, function: sum, of: x}, {name: mean, function: avg, of: x}, {name: kinds, function: top_k, of: x, k: 3}]
        sinks:
          closed: {{{sink}}}

        """.Replace("INPUT", "{{ input }}", StringComparison.Ordinal);

    private const string ToFiles = "type: files, input: v, path: closed";
    private const string ToTable = "type: iceberg, input: v, table: lake.closed";

    private static string Event(int second, long x = 1, string key = "a") => FormattableString.Invariant($"{{\"t\": {Start + second * 1000L}, \"k\": \"{key}\", \"x\": {x}}}\n");

    private static async Task<LateReplayResult> ReplayAsync(PipelineFolder folder)
    {
        using var held = folder.Data.Lock();
        return await LateReplay.ReplayAsync(folder.Data, "case", _ => true, TimeProvider.System, CancellationToken.None);
    }

    /// <summary>All rows that the sink was given, as <c>key window start end n total mean kinds</c> and revision and op apart.</summary>
    private static async Task<List<(string Identity, string Values, long Revision, string Op)>> GivenAsync(PipelineFolder folder)
    {
        string[] columns = ["k", "window", "window_start", "window_end", "n", "total", "mean", "kinds", "revision", "op"];
        var rows = folder.Pipeline.Contains(ToFiles, StringComparison.Ordinal)
            ? folder.SinkRows("closed").Select(r => JsonNode.Parse(r)!).Select(r => columns.Select(c => r[c] is JsonValue v && v.TryGetValue<string>(out var text) ? text : r[c]?.ToJsonString() ?? "null").ToArray())
            : (await folder.RowsAsync("lake.closed", columns)).Select(r => r.Split('|'));
        return [.. rows.Select(r => ($"{r[0]} {r[1]} {r[2]}", string.Join(' ', r[3..8]), long.Parse(r[8], System.Globalization.CultureInfo.InvariantCulture), r[9]))];
    }

    /// <summary>What readers of the sink have, but for the key that moves time.</summary>
    /// <param name="missed">Only windows of one of these names that hold its time; null for all.</param>
    private static async Task<string[]> StandingAsync(PipelineFolder folder, (string Window, string Time)[]? missed = null)
    {
        var given = await GivenAsync(folder);
        foreach (var window in given.GroupBy(r => r.Identity)) Assert.Equal(Enumerable.Range(0, window.Count()).Select(i => (long)i), window.Select(r => r.Revision).Order());
        return [.. given.GroupBy(r => r.Identity).Select(g => g.MaxBy(r => r.Revision)).Where(r => r.Op != "d" && !r.Identity.StartsWith("end ", StringComparison.Ordinal))
            .Where(r => missed?.Any(m => r.Identity.Split(' ')[1] == m.Window && string.CompareOrdinal(r.Identity.Split(' ')[2], m.Time) <= 0 && string.CompareOrdinal(m.Time, r.Values.Split(' ')[0]) < 0) != false).Select(r => $"{r.Identity} {r.Values}").Order(StringComparer.Ordinal)];
    }

    private static async Task HoldAsync(string pipeline, string everything, string events, int parts, Random random, bool listedOnly = false)
    {
        using var folder = new PipelineFolder(pipeline);
        using var whole = new PipelineFolder(everything);
        whole.Write("events.json", events);
        await whole.RunAsync();
        var lines = events.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        folder.Write("events.json", "");
        for (var (from, part) = (0, 1); part <= parts; part++)
        {
            var to = part == parts ? lines.Length : random.Next(from, lines.Length);
            folder.Append("events.json", string.Concat(lines[from..to].Select(l => l + "\n")));
            from = to;
            await folder.RunAsync();
            if (to > 0) await ReplayAsync(folder);
        }
        var state = folder.AllFeatures();
        // Updates and deletes that come too late are not listed, and where no late row is listed nothing is looked at.
        (string, string)[]? missed = listedOnly ? [.. folder.Late().Select(l => JsonNode.Parse(l)!).SelectMany(l => l["missed"]!.AsArray(), (l, m) => (((string)m!)[2..], (string)l["event_time"]!))] : null;
        Assert.Equal(await StandingAsync(whole, missed), await StandingAsync(folder, missed));
        var given = await GivenAsync(folder);
        Assert.Equal(0, (await ReplayAsync(folder)).Rows);
        await folder.RunAsync();
        Assert.Equal(given, await GivenAsync(folder));
        Assert.Equal(state, folder.AllFeatures());
    }

    [Fact]
    public async Task Sessions_that_late_events_join_are_given_as_one_and_those_that_it_took_in_as_gone()
    {
        using var folder = new PipelineFolder(Append("{session: 30s}", ToFiles, "0s"));
        folder.Write("events.json", Event(0) + Event(40, 5) + Event(600) + Event(20, 3) + Event(900));
        await folder.RunAsync();
        Assert.Single(folder.Late());
        var before = await GivenAsync(folder);
        Assert.Equal(2, (await ReplayAsync(folder)).Rows);
        Assert.Equal(
            ["a session_30s 2023-11-14T22:13:20Z|2023-11-14T22:14:30Z 3 9 3 [1,3,5]|1|u", "a session_30s 2023-11-14T22:14:00Z|2023-11-14T22:14:30Z 0 null null null|1|d"],
            (await GivenAsync(folder)).Except(before).Select(r => $"{r.Identity}|{r.Values}|{r.Revision}|{r.Op}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_session_that_still_takes_events_stays_until_it_is_final()
    {
        using var folder = new PipelineFolder(Append("{session: 30s}", ToFiles, "0s"));
        // The session goes on and on, while its first tiles are gone.
        folder.Write("events.json", string.Concat(Enumerable.Range(0, 40).Select(i => Event(i * 10))) + Event(5));
        await folder.RunAsync();
        Assert.Single(folder.Late());
        var stays = await ReplayAsync(folder);
        Assert.Equal(0, stays.Rows);
        Assert.StartsWith("its window session_30s of v still takes events, until the watermark reaches 2023-11-14T22:20:", Assert.Single(stays.Events).Refused, StringComparison.Ordinal);
        folder.Append("events.json", Event(2000, key: "end"));
        await folder.RunAsync();
        Assert.Equal((1L, null), (await ReplayAsync(folder)) is { } done ? (done.Rows, Assert.Single(done.Events).Refused) : default);
        Assert.Equal("41", (await StandingAsync(folder)).Single().Split(' ')[4]);
    }

    [Fact]
    public async Task A_process_that_dies_before_the_tables_commit_has_it_repeated_by_the_next_start_once()
    {
        using var folder = new PipelineFolder(Append("{tumbling: 1m}", ToTable, "0s"));
        folder.Write("events.json", Event(0) + Event(600) + Event(20) + Event(900));
        await folder.RunAsync();
        var before = await folder.RowsAsync("lake.closed", "k", "_source_position");
        var metadata = folder["data/warehouse/lake/closed/metadata"];
        var kept = Directory.EnumerateFiles(metadata).ToDictionary(f => f, File.ReadAllBytes);
        Assert.Equal(1, (await ReplayAsync(folder)).Rows);
        var after = await folder.RowsAsync("lake.closed", "k", "_source_position");
        Assert.Equal(["a|v/tumbling_1m/a/2023-11-14T22:13:00Z/1"], after.Except(before));

        foreach (var file in Directory.EnumerateFiles(metadata)) File.Delete(file);
        foreach (var (file, bytes) in kept) await File.WriteAllBytesAsync(file, bytes);
        Assert.Equal(before, await folder.RowsAsync("lake.closed", "k", "_source_position"));
        for (var i = 0; i < 2; i++)
        {
            await folder.RunAsync();
            Assert.Equal(after, await folder.RowsAsync("lake.closed", "k", "_source_position"));
        }
    }

    [Fact]
    public async Task Changes_of_rows_that_were_not_there_stay_with_the_reason()
    {
        using var folder = new PipelineFolder(Changelog("{tumbling: 1m}", ToFiles, "0s", "full"));
        folder.Write("events.json", ChangeLines.Of([Change.Create(new TableRow(1, 1, "a", Start * 1000), 1), Change.Delete(2, new TableRow(2, 1, "b", Start * 1000), 2)]));
        await folder.RunAsync();
        Assert.Equal("it is no late event but a change of a row that was not there", Assert.Single((await ReplayAsync(folder)).Events).Refused);
    }

    [Fact]
    public async Task Nothing_is_changed_when_files_do_not_hold_what_was_read()
    {
        using var folder = new PipelineFolder(Append("{tumbling: 1m}", ToFiles, "0s"));
        folder.Write("events.json", Event(0) + Event(600) + Event(20) + Event(900));
        await folder.RunAsync();
        var given = folder.SinkRows("closed");
        // As long as before, and a line less.
        folder.Write("events.json", Event(0) + Event(600)[..^1] + new string(' ', Event(20).Length) + "\n" + Event(900));
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => ReplayAsync(folder));
        Assert.Contains("holds 3 events up to events.json", error.Message, StringComparison.Ordinal);
        Assert.Equal(given, folder.SinkRows("closed"));
    }

    [Theory]
    [InlineData("{tumbling: 1m}", ToFiles)]
    [InlineData("{tumbling: 1m}, {hopping: 3m, every: 1m}", ToTable)]
    [InlineData("{session: 30s}", ToFiles)]
    [InlineData("{session: 45s}, {tumbling: 5m}", ToTable)]
    public Task Events_however_late_are_put_right(string windows, string sink) => Seeds.EachAsync(4, seed =>
    {
        var random = new Random(seed);
        var events = new StringBuilder();
        for (var (i, now) = (0, 0); i < 60; i++)
        {
            if (random.Next(3) == 0) now = Math.Min(now + random.Next(300), Last);
            events.Append(Event(random.Next(2) == 0 ? now : random.Next(now + 1), random.Next(5), ((char)('a' + random.Next(3))).ToString()));
        }
        events.Append(Event(Last * 10, 1, "end"));
        return HoldAsync(Append(windows, sink, random.Next(2) == 0 ? "0s" : "2m"), Append(windows, sink, "1000d"), events.ToString(), random.Next(1, 4), random);
    });

    [Theory]
    [InlineData("{tumbling: 1m}", ToFiles, "full")]
    [InlineData("{session: 30s}", ToTable, "full")]
    [InlineData("{hopping: 2m, every: 1m}, {session: 1m}", ToFiles, "stored")]
    public Task Changes_however_late_are_put_right(string windows, string sink, string before) => Seeds.EachAsync(4, seed =>
    {
        var random = new Random(seed);
        var table = new SortedDictionary<long, TableRow>();
        var changes = new List<Change>();
        var now = 0;
        TableRow New(long id) => new(id, random.Next(5), ((char)('a' + random.Next(3))).ToString(), (Start + 1000L * (random.Next(2) == 0 ? now : random.Next(now + 1))) * 1000);
        for (var at = 1ul; at <= 60; at++)
        {
            if (random.Next(3) == 0) now = Math.Min(now + random.Next(300), Last);
            var id = random.Next(8);
            if (!table.TryGetValue(id, out var row)) changes.Add(Change.Create(table[id] = New(id), at));
            else if (random.Next(3) > 0) changes.Add(Change.Update(before == "full" ? row : null, table[id] = New(id), at));
            else if (table.Remove(id)) changes.Add(Change.Delete(id, before == "full" ? row : null, at));
        }
        changes.Add(Change.Create(new TableRow(99, 1, "end", (Start + Last * 10_000L) * 1000), 1000));
        return HoldAsync(Changelog(windows, sink, random.Next(2) == 0 ? "0s" : "2m", before), Changelog(windows, sink, "1000d", before), ChangeLines.Of(changes), 1, random, listedOnly: true);
    });
}
