using System.Collections.Immutable;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Trials;

/// <summary>
/// Runs the tests of a pipeline file: the given rows go through decoding, transformations and views as they would from the source, in memory, and the features are read as a lookup reads
/// them. Time stands still: "now" is the test's <c>at</c>, else just after the newest given event, also for wall clocks, SQL's NOW and what counts as the future.
/// </summary>
public static class PipelineTests
{
    /// <summary>What is wrong with the tests themselves: columns and keys that do not exist.</summary>
    public static ImmutableArray<Fault> Faults(PipelinePlan plan) => [.. plan.Definition.Tests.SelectMany(t => Faults(plan, t))];

    /// <summary>Runs one test that has no faults.</summary>
    public static async Task<TestOutcome> RunAsync(PipelinePlan plan, TestDefinition test)
    {
        var view = plan.Views.First(v => v.Name == test.View.Value);
        var source = plan.Source(test.Source ?? view.Source);
        var letters = new List<DeadLetter>();
        try
        {
            var row = await ReadAsync(plan, test, view, source, letters);
            return new TestOutcome(test, [.. test.Expect.Select(e => Compare(view.Description, row, e.Key, e.Value)).OfType<TestFailure>()], [.. letters]);
        }
        catch (StreamForgeException error)
        {
            return new TestOutcome(test, [new TestFailure(test.Location, null, null, null, error.Message)], [.. letters]);
        }
    }

    private static async Task<FeatureRow> ReadAsync(PipelinePlan plan, TestDefinition test, ViewPlan view, SourcePlan source, List<DeadLetter> letters)
    {
        using var given = GivenRows.Read(source, test.Given);
        var newest = GivenRows.Newest(source, given.Batch);
        var after = newest == EventTime.MinValue ? 0 : newest + 1;
        var stages = new TrialStages(plan, [source], new FixedClock(Math.Max(test.At ?? after, after)));
        try
        {
            var result = await stages.ProcessAsync(source.Name, given);
            letters.AddRange(result.DeadLetters);
            foreach (var (_, batch) in result.SinkBatches) batch.Release();
        }
        finally
        {
            await stages.CompleteAsync();
        }
        var row = new FeatureRow();
        stages.Features.Read(view.Description, KeyCodec.FromText(view.Description.Entity, Key(test)), test.At, row);
        return row;
    }

    private static Dictionary<string, string> Key(TestDefinition test) => test.Key.ToDictionary(k => k.Key, k => k.Value, StringComparer.Ordinal);

    private static TestFailure? Compare(ViewDescription view, FeatureRow row, LocatedText feature, string? expected)
    {
        var value = row.Values[view.IndexOf(feature.Value)];
        if (ExpectedValue.Matches(value, expected)) return null;
        var got = value.Status == FeatureStatus.Present ? value.ToString() : null;
        return new TestFailure(
            feature.Location, feature.Value, expected, got, $"{feature.Value}: expected {expected ?? "null"}, got {got ?? "null"}{(row.Found ? "" : " (the key is unknown)")}");
    }

    private static IEnumerable<Fault> Faults(PipelinePlan plan, TestDefinition test)
    {
        if (plan.Views.FirstOrDefault(v => v.Name == test.View.Value) is not { } view)
        {
            yield return test.View.Location.Fault($"unknown view '{test.View.Value}'{DefinitionText.Suggest(test.View.Value, plan.Views.Select(v => v.Name))}");
            yield break;
        }
        var name = test.Source ?? view.Source;
        if (plan.Sources.FirstOrDefault(s => s.Name == name) is not { } source)
        {
            yield return test.SourceLocation.Fault($"unknown source '{name}'{DefinitionText.Suggest(name, plan.Sources.Select(s => s.Name))}");
            yield break;
        }
        var columns = source.Schema.Fields.Select(f => f.Name).ToArray();
        foreach (var unknown in test.Given.SelectMany(row => source.Definition.Changelog is null ? Names(row) : GivenChanges.Names(row)).Distinct(StringComparer.Ordinal).Except(columns, StringComparer.Ordinal))
            yield return test.Location.Fault($"a given row has the column '{unknown}', which the source {name} has not{DefinitionText.Suggest(unknown, columns)}");
        if (KeyFault(view, test) is { } fault) yield return test.KeyLocation.Fault(fault);
        foreach (var (feature, _) in test.Expect)
        {
            if (view.Description.IndexOf(feature.Value) < 0)
                yield return feature.Location.Fault($"the view {view.Name} has no feature '{feature.Value}'{DefinitionText.Suggest(feature.Value, view.Description.Features.Select(f => f.Name))}");
        }
    }

    private static string? KeyFault(ViewPlan view, TestDefinition test)
    {
        try
        {
            KeyCodec.FromText(view.Description.Entity, Key(test));
            return null;
        }
        catch (StreamForgeException error)
        {
            return error.Message;
        }
    }

    private static IEnumerable<string> Names(string row)
    {
        using var json = JsonDocument.Parse(row);
        return [.. json.RootElement.EnumerateObject().Select(p => p.Name)];
    }
}
