using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Evolution;
using StreamForge.Pipeline.Evolution;
using StreamForge.Tests.Engine;

namespace StreamForge.Tests.Changes;

/// <summary>Changed definitions over live state of changelogs: what is known of events and rows goes on, and what was not stored is asked for by name.</summary>
public class ChangelogDefinitionTests
{
    private const string Notes = "which the images that are stored of its rows do not have, as nothing read it before";

    private static async Task<DefinitionChange> CompareAsync(PipelineFolder folder, bool apply, params string[] reset)
    {
        await using var loaded = await folder.LoadAsync();
        using var held = folder.Data.Lock();
        var live = LiveDefinition.Find(folder.Data, folder.Name)!;
        var change = live.Compare(loaded.Plan, new ChangeRequest([.. reset], []));
        if (apply) await DefinitionApply.ApplyAsync(live, loaded, change, folder.Data, new TableHome(folder.Data).Of(loaded.Plan.Definition), TimeProvider.System, CancellationToken.None);
        return change;
    }

    private static string WithNotes(string pipeline) => pipeline.Replace("SELECT 1 AS one, amount, at", "SELECT 1 AS one, amount, note, at", StringComparison.Ordinal)
        .Replace("entity: [one]", "entity: [note]", StringComparison.Ordinal);

    [Theory]
    [InlineData("before: stored", 1)]
    [InlineData("before: stored, key: id", 2)]
    [InlineData("before: full", 3)]
    public async Task Images_and_what_is_known_of_events_go_on_when_a_view_is_added(string before, int seed)
    {
        var changes = RandomChangelog.Make(new Random(seed), before.StartsWith("before: stored", StringComparison.Ordinal)).Changes;
        using var whole = ChangelogEngineTests.Folder(before, changes);
        var expected = await whole.RunAsync();
        using var folder = ChangelogEngineTests.Folder(before, changes[..(changes.Count / 2)]);
        await folder.RunAsync();
        var old = Assert.Single(folder.Checkpoint.Partitions);

        folder.Pipeline = folder.Pipeline.Replace("features:\n", "features:\n  - {view: more, input: rows, entity: [one], windows: [1h], aggregates: [{name: n, function: count}]}\n", StringComparison.Ordinal);
        Assert.Contains("view: more", folder.Pipeline, StringComparison.Ordinal);
        var change = await CompareAsync(folder, apply: true);
        Assert.Equal(ChangeVerdict.New, change.Changes.Single(c => c.Name == "more").Verdict);
        var kept = Assert.Single(folder.Checkpoint.Partitions);
        Assert.NotNull(kept.Changes);
        Assert.Equal(before != "before: full", kept.Images is not null);
        Assert.Equal((old.Changes, old.Images, old.Position), (kept.Changes, kept.Images, kept.Position));

        folder.Append("in.jsonl", ChangeLines.Of(changes.Skip(changes.Count / 2)));
        var status = await folder.RunAsync(shards: 2);
        Assert.Equal((expected.Duplicates, expected.PassedOver, expected.Truncates, expected.Rows), (status.Duplicates, status.PassedOver, status.Truncates, status.Rows));
        Assert.Equal(whole.AllFeatures(), folder.AllFeatures().Where(l => l.StartsWith("totals ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Columns_that_images_do_not_have_are_null_for_what_begins_and_refused_to_sinks()
    {
        var changes = RandomChangelog.Make(new Random(4), stored: true).Changes;
        using var folder = ChangelogEngineTests.Folder("before: stored", changes);
        await folder.RunAsync();
        folder.Pipeline = WithNotes(folder.Pipeline);
        // A view that begins passes the rows from before by; a sink would be given them without what was not kept.
        Assert.Empty((await CompareAsync(folder, apply: false, "totals")).Refused);
        var pipeline = folder.Pipeline;
        folder.Pipeline = pipeline.Replace("sinks: {}", "sinks: {raw: {type: files, input: rows, path: raw}}", StringComparison.Ordinal);
        var sink = (await CompareAsync(folder, apply: false, "totals")).Refused.Single();
        Assert.Equal(
            (ChangeSubject.Sink, $"it reads the column note of orders, {Notes}: a row that is deleted would be given without it; leave the column out in a transformation, or --reset orders --reset totals reads the source from its beginning"),
            (sink.Subject, sink.Detail));
        folder.Pipeline = pipeline;

        Assert.Empty((await CompareAsync(folder, apply: true, "orders", "totals")).Refused);
        await folder.RunAsync();
        using var whole = ChangelogEngineTests.Folder("before: stored", changes);
        whole.Pipeline = folder.Pipeline;
        await whole.RunAsync();
        Assert.NotEmpty(whole.AllFeatures());
        Assert.Equal(whole.AllFeatures(), folder.AllFeatures());
    }
}
