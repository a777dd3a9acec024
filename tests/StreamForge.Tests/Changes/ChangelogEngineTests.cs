using System.Text.Json.Nodes;
using StreamForge.Core;
using StreamForge.Tests.Engine;

namespace StreamForge.Tests.Changes;

/// <summary>The whole engine over changelogs: restarts, orphans, lateness, and what sinks are given.</summary>
public class ChangelogEngineTests
{
    [Theory]
    [InlineData("before: stored")]
    [InlineData("before: stored, key: id")]
    [InlineData("before: full")]
    public Task Restarts_and_kills_anywhere_change_nothing(string before) => Seeds.EachAsync(25, async seed =>
    {
        var random = new Random(seed);
        var changes = RandomChangelog.Make(random, before.StartsWith("before: stored", StringComparison.Ordinal)).Changes;
        using var whole = Folder(before, changes);
        using var cut = Folder(before, []);
        await RestartAnywhereAsync(random, changes, whole, cut);
    });

    private static async Task RestartAnywhereAsync(Random random, List<Change> changes, PipelineFolder whole, PipelineFolder cut)
    {
        var expected = await whole.RunAsync(shards: 2);
        Assert.Equal(0, expected.Degraded);
        var got = await cut.RunAsync(shards: 2);
        for (var from = 0; from < changes.Count;)
        {
            var count = random.Next(1, changes.Count - from + 1);
            cut.Append("in.jsonl", ChangeLines.Of(changes.Skip(from).Take(count)));
            from += count;
            var killed = random.Next(3) == 0 && Directory.Exists(cut.Data.Path) ? Copy(cut.Data.Path) : null;
            got = await cut.RunAsync(shards: random.Next(1, 4));
            if (killed is null) continue;
            // Killed before its checkpoint was published: what it wrote since is there, but no checkpoint counts it.
            foreach (var manifest in Directory.EnumerateFiles(cut.Data.Checkpoints(cut.Name), "checkpoint-*.json").Where(m => !File.Exists(m.Replace(cut.Data.Path, killed, StringComparison.Ordinal))).ToArray()) File.Delete(manifest);
            foreach (var file in Directory.EnumerateFiles(killed, "*", SearchOption.AllDirectories))
            {
                var target = file.Replace(killed, cut.Data.Path, StringComparison.Ordinal);
                if (!File.Exists(target) || file.EndsWith(".json", StringComparison.Ordinal)) File.Copy(file, target, overwrite: true);
            }
            Directory.Delete(killed, recursive: true);
            got = await cut.RunAsync(shards: 2);
        }
        Assert.Equal(whole.AllFeatures(), cut.AllFeatures());
        Assert.Equal(string.Join("\n", whole.Late().Order(StringComparer.Ordinal)), string.Join("\n", cut.Late().Order(StringComparer.Ordinal)));
        Assert.Equal(
            (expected.Events, expected.Rows, expected.Duplicates, expected.PassedOver, expected.Truncates, expected.Degraded),
            (got.Events, got.Rows, got.Duplicates, got.PassedOver, got.Truncates, got.Degraded));
    }

    private static string Copy(string folder)
    {
        var copy = Directory.CreateTempSubdirectory("streamforge-killed-").FullName;
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        return copy;
    }

    [Fact]
    public async Task A_retraction_without_its_addition_is_in_the_ledger_once_and_degrades_its_view()
    {
        var stranger = new TableRow(7, 3, "x", 5_000_000);
        using var folder = Folder("before: full", [Change.Delete(7, stranger, 1), Change.Create(Row(1, at: 5), 2)]);
        for (var run = 0; run < 2; run++)
        {
            var status = await folder.RunAsync();
            Assert.Equal((1L, 1L), (status.Degraded, status.Late));
            var record = JsonNode.Parse(Assert.Single(folder.Late()))!;
            Assert.Equal("orphan: the view totals has not counted the row that is taken out", (string?)record["reason"]);
            Assert.Empty(record["missed"]!.AsArray());
            Assert.Equal(3, (int)JsonNode.Parse((string)record["raw"]!)!["amount"]!);
        }
        Assert.Equal(1, folder.Read("totals", "1")["n_lifetime"].Int64);
    }

    [Fact]
    public async Task Creates_that_miss_windows_are_late_and_updates_and_deletes_that_meet_only_dropped_tiles_are_counted()
    {
        var (old, young) = (Row(1, at: 1), Row(2, at: 1000));
        using var folder = Folder(
            "before: full", [Change.Create(old, 1), Change.Create(young, 2), Change.Create(Row(3, at: 2), 3), Change.Update(old, old with { Note = "n" }, 4), Change.Delete(1, old with { Note = "n" }, 5)], windows: "1s");
        var status = await folder.RunAsync();
        Assert.Equal((0L, 2L), (status.Degraded, Assert.Single(status.Views).Expired));
        var late = JsonNode.Parse(Assert.Single(folder.Late()))!;
        Assert.Equal(["totals.1s"], late["missed"]!.AsArray().Select(m => (string?)m));
    }

    [Fact]
    public async Task Nothing_is_late_while_the_first_snapshot_lasts_and_time_goes_on_from_the_newest_afterwards()
    {
        using var folder = Folder("before: full", [Change.Read(Row(1, at: 1000)), Change.Read(Row(2, at: 1))], windows: "1s");
        var status = await folder.RunAsync();
        Assert.Equal((0L, EventTime.MinValue), (status.Late, status.Watermark));
        folder.Append("in.jsonl", ChangeLines.Of([Change.Read(Row(3, at: 3), SnapshotPhase.Last)]));
        status = await folder.RunAsync();
        Assert.Equal((0L, 1000 * EventTime.Second), (status.Late, status.Watermark));
        folder.Append("in.jsonl", ChangeLines.Of([Change.Create(Row(4, at: 4), 100)]));
        status = await folder.RunAsync();
        Assert.Equal((1L, 1000 * EventTime.Second), (status.Late, status.Watermark));
    }

    [Theory]
    [InlineData(ChangeKind.Tombstone, false)]
    [InlineData(ChangeKind.Delete, true)]
    [InlineData(ChangeKind.Truncate, true)]
    public async Task A_streamed_event_without_a_row_ends_the_snapshot_too(ChangeKind kind, bool ends)
    {
        using var folder = Folder("before: stored", [Change.Read(Row(1, at: 1000)), new Change(kind, kind == ChangeKind.Truncate ? null : 7) { At = new SourcePosition(0, 5, 5, 0) }], windows: "1s");
        var status = await folder.RunAsync();
        Assert.Equal(ends ? 1000 * EventTime.Second : EventTime.MinValue, status.Watermark);
    }

    [Fact]
    public async Task Time_is_held_by_rows_of_an_incremental_snapshot_too_until_the_first_one_has_ended()
    {
        using var folder = Folder("before: stored", [Change.Read(Row(1, at: 1000)), Change.Read(Row(2, at: 2000), SnapshotPhase.Incremental), Change.Read(Row(1, at: 1), SnapshotPhase.Incremental)], windows: "1s");
        var status = await folder.RunAsync();
        Assert.Equal((0L, EventTime.MinValue), (status.Late, status.Watermark));
        folder.Append("in.jsonl", ChangeLines.Of([Change.Create(Row(4, at: 4), 100)]));
        status = await folder.RunAsync();
        Assert.Equal((1L, 2000 * EventTime.Second), (status.Late, status.Watermark));
    }

    [Fact]
    public async Task A_row_that_was_refused_as_from_the_future_is_not_taken_out_when_its_time_has_come()
    {
        var early = new StreamForge.Embedded.Trials.FixedClock(0);
        var future = Row(1, at: 40 * 24 * 3600);
        foreach (var before in (string[])["before: full", "before: stored"])
        {
            using var folder = Folder(before, [Change.Create(future, 1)]);
            var status = await folder.RunAsync(clock: early);
            Assert.Equal(1, status.DeadLetters);
            // A row with the same values comes in time, and the refused one goes.
            folder.Append("in.jsonl", ChangeLines.Of([Change.Create(future with { Id = 2 }, 2), Change.Update(before == "before: full" ? future : null, future with { At = 0 }, 3)]));
            status = await folder.RunAsync();
            Assert.Equal((1L, 0L), (status.DeadLetters, status.Degraded));
            Assert.Equal(2, folder.Read("totals", "1")["n_lifetime"].Int64);
        }
    }

    [Fact]
    public async Task Sinks_are_given_what_came_and_what_left_and_no_replaced_images()
    {
        var row = Row(1, at: 1);
        using var folder = Folder(
            "before: full",
            [Change.Read(row with { Note = "keep" }), Change.Create(row with { Id = 2 }, 1), Change.Update(row with { Note = "keep" }, row with { Note = "keep", Amount = 5 }, 2), Change.Update(row with { Note = "keep", Amount = 5 }, row, 3), Change.Update(row, row with { Note = "keep" }, 4), Change.Delete(1, row with { Note = "keep" }, 5)],
            where: "WHERE note = 'keep'", sink: true);
        await folder.RunAsync();
        Assert.Equal(["r 1", "u 5", "d 5", "u 1", "d 1"], folder.SinkRows().Select(r => JsonNode.Parse(r)!).Select(r => $"{r["_op"]} {r["amount"]}"));
        Assert.Equal(0, folder.Read("totals", "1")["n_lifetime"].Int64);
    }

    [Fact]
    public async Task A_new_image_that_fails_is_one_dead_letter_and_the_old_one_is_taken_out_all_the_same()
    {
        var row = Row(1, at: 1);
        using var folder = Folder("before: full", [Change.Create(row, 1), Change.Update(row, row with { Amount = 0 }, 2), Change.Delete(1, row with { Amount = 0 }, 3), Change.Create(Row(2, at: 1), 4)], expression: "10 / amount AS amount");
        var status = await folder.RunAsync();
        Assert.Equal((1L, 0L), (status.DeadLetters, status.Degraded));
        Assert.Equal(1, folder.Read("totals", "1")["n_lifetime"].Int64);
    }

    [Fact]
    public async Task Rows_without_a_key_are_counted_once_each_and_taken_out_of_nothing()
    {
        var row = Row(1, at: 1);
        using var folder = Folder("before: full", [Change.Create(row, 1), Change.Update(row, row with { Amount = 2 }, 2), Change.Delete(1, row with { Amount = 2 }, 3), Change.Create(Row(2, at: 1), 4)], expression: "NULLIF(amount, 2) AS one, amount", entity: "");
        var status = await folder.RunAsync();
        Assert.Equal((1L, 0L), (status.NullKeys, status.Degraded));
    }

    [Fact]
    public async Task A_definition_that_reads_more_columns_than_are_stored_is_refused_and_one_that_reads_fewer_goes_on()
    {
        using var folder = Folder("before: stored", [Change.Create(Row(1, at: 1), 1)]);
        await folder.RunAsync();
        var pipeline = folder.Pipeline;
        folder.Pipeline = pipeline.Replace("SELECT 1 AS one, amount, at", "SELECT 1 AS one, amount, note, at", StringComparison.Ordinal).Replace("aggregates: [", "aggregates: [{name: notes, function: count, of: note}, ", StringComparison.Ordinal);
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => folder.RunAsync());
        Assert.Equal(ErrorKind.Conflict, error.Kind);
    }

    [Fact]
    public async Task State_of_a_changelog_is_not_exported_yet()
    {
        using var folder = Folder("before: stored", [Change.Create(Row(1, at: 1), 1)]);
        await folder.RunAsync();
        using var target = new MemoryStream();
        var error = Assert.Throws<StreamForgeException>(() => StreamForge.Embedded.Transfer.EmbeddedStateExport.Export(folder.Data, folder.Name, target, TimeProvider.System));
        Assert.Equal(ErrorKind.NotSupported, error.Kind);
        Assert.Contains("not supported yet", error.Message, StringComparison.Ordinal);
    }

    private static TableRow Row(long id, long at) => new(id, 1, null, at * EventTime.Second);

    internal static PipelineFolder Folder(string before, List<Change> changes, string windows = "lifetime", string where = "", string expression = "amount", string entity = "1 AS one, ", bool sink = false)
    {
        var folder = new PipelineFolder($$$"""
            metadata: {name: case, version: "1"}
            sources:
              orders:
                type: files
                path: in.jsonl
                format: debezium-json
                schema: [{name: id, type: bigint}, {name: amount, type: bigint}, {name: note, type: string}, {name: at, type: timestamp, unit: us}]
                event_time: at
                watermark: {out_of_orderness: 0s}
                {{{before.Replace(", ", "\n    ", StringComparison.Ordinal)}}}
            transformations:
              - {name: rows, type: sql_transform, input: orders, sql: "SELECT {{{entity}}}{{{expression}}}, at FROM {{ input }} {{{where}}}"}
            features:
              - view: totals
                input: rows
                entity: [one]
                windows: [{{{windows}}}]
                aggregates: [{name: n, function: count}, {name: spend, function: sum, of: amount}]
            sinks: {{{(sink ? "{out: {type: files, path: out, input: rows}}" : "{}")}}}
            """);
        folder.Write("in.jsonl", ChangeLines.Of(changes));
        return folder;
    }
}
