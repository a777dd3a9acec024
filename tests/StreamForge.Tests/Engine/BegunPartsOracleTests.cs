using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Embedded;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Evolution;
using StreamForge.Pipeline.Evolution;
using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Engine;

/// <summary>
/// Aggregates, windows and views that begin over a changelog which has been read, at two random moments: what is kept equals the oracle's of all rows, what is new the oracle's of the rows at or after its <c>since</c>, whatever is
/// updated, moved or deleted later; and nothing that is taken out is an orphan for it.
/// </summary>
public class BegunPartsOracleTests
{
    [Fact]
    public Task What_begins_over_a_changelog_equals_the_oracles_of_the_rows_since() => CaseRun.CheckAsync(0.015, Case, DifferenceAsync, static scenario => scenario.View.Partitions == 1 && scenario.View.Source != OracleSource.Append);

    private static OracleCase Case(int seed)
    {
        var random = new Random(seed);
        return RandomCases.Case(random, BuiltKinds.Changelogs, EventShape.Random(random) with { Partitions = 1 });
    }

    /// <summary>What is in the file from which of three stages on; and what begins anew at each.</summary>
    private sealed record Story(OracleView View, ImmutableArray<int> Aggregates, ImmutableArray<int> Windows, int Beside, ImmutableArray<string>[] Resets)
    {
        public static Story Draw(OracleView view, Random random)
        {
            ImmutableArray<int> Stages(int count)
            {
                var first = random.Next(count);
                return [.. Enumerable.Range(0, count).Select(i => i == first ? 0 : random.Next(3))];
            }
            var (aggregates, windows) = (Stages(view.Aggregates.Length), Stages(view.Windows.Length));
            ImmutableArray<string> Reset(int stage) => random.Next(8) switch
            {
                0 => ["v"],
                1 or 2 when aggregates.IndexOf(0) is var i => [$"v.{view.Aggregates[i].Name}"],
                _ => [],
            };
            return new Story(view, aggregates, windows, random.Next(1, 5), [Reset(1), Reset(2)]);
        }

        public override string ToString() =>
            $"aggregates from stages {string.Join(", ", Aggregates)}, windows from {string.Join(", ", Windows)}, beside from {Beside}, resets [{string.Join(", ", Resets[0])}] [{string.Join(", ", Resets[1])}]";

        public OracleView At(int stage) => View with
        {
            Aggregates = [.. View.Aggregates.Where((_, i) => Aggregates[i] <= stage)],
            Windows = [.. View.Windows.Where((_, i) => Windows[i] <= stage)],
        };

        /// <summary>The pipeline file; from a stage on with a second view <c>n</c> over the same rows.</summary>
        public string Text(int stage)
        {
            var text = CasePipeline.Text(At(stage), emits: false, "s.json");
            return stage < Beside ? text : text + text[text.IndexOf("  - view: v", StringComparison.Ordinal)..].Replace("- view: v", "- view: n", StringComparison.Ordinal);
        }
    }

    private static async Task<string?> DifferenceAsync(OracleCase scenario, int seed)
    {
        var random = new Random(seed);
        var story = Story.Draw(scenario.View, random);
        // A placeholder in a column that was not read when the row came is noticed, and cannot be filled.
        var isFilled = scenario.Changes.All(static c => c.After is not { Unavailable.IsEmpty: false }) || story.Text(0)[story.Text(0).IndexOf("max_future", StringComparison.Ordinal)..].Contains("item", StringComparison.Ordinal);
        if (!isFilled) return null;
        using var folder = new PipelineFolder(story.Text(0));
        var lines = CaseLines.Of(scenario);
        int[] cuts = [0, .. new[] { random.Next(lines.Length + 1), random.Next(lines.Length + 1) }.Order(), lines.Length];
        EngineStatus? status = null;
        for (var stage = 0; stage < 3; stage++)
        {
            folder.Pipeline = story.Text(stage);
            if (stage > 0 && !await TryApplyAsync(folder, story.Resets[stage - 1])) return null;
            folder.Append("s.json", string.Concat(lines[cuts[stage]..cuts[stage + 1]].Select(line => line + "\n")));
            status = await folder.RunAsync(random.Next(1, 3));
        }
        return Difference(scenario, story, folder, status!) is { } difference ? $"{difference}; read up to {string.Join(", ", cuts[1..])}, {story}" : null;
    }

    /// <returns>false where the definition is rightly refused: tiles that cannot be cut.</returns>
    private static async Task<bool> TryApplyAsync(PipelineFolder folder, ImmutableArray<string> reset)
    {
        await using var loaded = await folder.LoadAsync();
        using var held = folder.Data.Lock();
        var live = LiveDefinition.Find(folder.Data, "case")!;
        var change = live.Compare(loaded.Plan, new ChangeRequest([.. reset], []));
        if (change.Refused.FirstOrDefault() is { } refused)
            return refused.Detail!.Contains("cannot be cut", StringComparison.Ordinal) ? false : throw new Xunit.Sdk.XunitException($"{refused.Words}: {refused.Detail}");
        await DefinitionApply.ApplyAsync(live, loaded, change, folder.Data, new TableHome(folder.Data).Of(loaded.Plan.Definition), TimeProvider.System, CancellationToken.None);
        return true;
    }

    private static string? Difference(OracleCase scenario, Story story, PipelineFolder folder, EngineStatus status)
    {
        var oracles = new Dictionary<long, FeatureOracle>();
        FeatureOracle Since(long floor) => oracles.TryGetValue(floor, out var oracle) ? oracle : oracles[floor] = new FeatureOracle(From(scenario, floor));
        var reader = folder.AtRest.OpenFeatures(folder.Plan);
        var orphans = 0;
        foreach (var view in reader.Views)
        {
            // A view that began as a whole has no key from before.
            var floor = folder.Checkpoint.Views.Single(v => v.Name == view.Name).Floors?.View ?? EventTime.MinValue;
            var all = Since(floor);
            var first = new FeatureOracle(From(scenario with { View = story.At(0) }, floor));
            // Before it was reset it met all rows.
            orphans += (view.Name == "v" ? Since(EventTime.MinValue) : all).Orphans.Length;
            foreach (var key in Since(EventTime.MinValue).Keys.Append("unknown"))
            {
                if (Difference(scenario, story, view, key, all, first, Since, Read(reader, view, key)) is { } difference) return $"{view.Name}: {difference}";
            }
        }
        return status.Degraded <= orphans ? null : $"degraded by {status.Degraded}, expected no more than {orphans}";
    }

    private static FeatureRow? Read(IFeatureReader reader, ViewDescription view, string key)
    {
        var row = new FeatureRow();
        try
        {
            reader.Read(view, KeyCodec.FromText(view.Entity, new Dictionary<string, string> { ["k"] = key }), null, row);
            return row;
        }
        catch (StreamForgeException error) when (error.Kind == ErrorKind.OutOfRange)
        {
            // A sum that does not fit, or windows that lie behind the watermark.
            return null;
        }
    }

    private static string? Difference(OracleCase scenario, Story story, ViewDescription view, string key, FeatureOracle all, FeatureOracle first, Func<long, FeatureOracle> since, FeatureRow? actual)
    {
        if (actual is null) return null;
        var expected = all.Read(key);
        // What came too late for every window that there was is not in the view, though a window that began later would have taken it.
        var least = first.Read(key);
        if (actual.Found ? !expected.Known : least.Known) return $"{key}: found {actual.Found}, expected {expected.Known}";
        if (!actual.Found) return null;
        if (actual.At != expected.At && actual.At != least.At) return $"{key}: now is {actual.At}, expected {expected.At}";
        if (actual.At != expected.At) return null;
        var windows = story.At(2).Windows;
        foreach (var (i, feature) in view.Features.Index())
        {
            var window = windows[feature.Window];
            var oracle = since(feature.Since?.Time ?? EventTime.MinValue);
            // Exact tails and the tiles between them may have begun at different moments.
            if (scenario.View.Exact && feature.Since is { } begun && !(begun.WholeFrom <= actual.At)) continue;
            var effective = (story.Windows[scenario.View.Windows.IndexOf(window)] == 0 ? all : oracle).Effective(window, actual.At, key);
            if (!effective.Kept) continue;
            var aggregate = scenario.View.Aggregates.Single(a => $"{a.Name}_{window.Name}" == feature.Name);
            var wanted = oracle.Over(key, window, aggregate, effective.From, effective.To);
            if (!ReadComparison.Same(wanted, actual.Values[i])) return $"{key} at {actual.At}: {feature.Name} is {actual.Values[i]} {actual.Values[i].Status}, expected {wanted} (since {feature.Since?.Time})";
        }
        return null;
    }

    /// <summary>The case in which the images before a moment are not of the view; they move time all the same.</summary>
    private static OracleCase From(OracleCase scenario, long floor)
    {
        OracleImage? Kept(OracleImage? image) => image is { Time: { } time } && time < floor ? image with { Key = null } : image;
        return scenario with { Changes = [.. scenario.Changes.Select(c => c with { Before = Kept(c.Before), After = Kept(c.After) })] };
    }
}
