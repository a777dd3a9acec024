using System.CommandLine;
using System.Text.Json;
using StreamForge.Cli.Output;
using StreamForge.Cli.Parsing;
using StreamForge.Cli.Running;
using StreamForge.Core;
using StreamForge.Embedded.Trials;

namespace StreamForge.Cli.Verbs;

/// <summary><c>test FILE</c>.</summary>
internal sealed class TestVerb : Verb
{
    private readonly Argument<string> _file = new("FILE") { Description = "A pipeline file with tests" };

    public TestVerb(Shell shell) : base(shell, "test", "Runs the tests of a pipeline file in memory", "./streamforge test examples/retail/pipeline.yaml")
    {
        Add(_file);
        Add(CommonSettings.Json);
        Add(CommonSettings.DataDirectoryPath);
        Add(CommonSettings.Warehouse);
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var path = parsed.GetRequiredValue(_file);
        await using var loaded = await PipelineFiles.LoadAsync(path, null, CommonSettings.Tables(parsed), Shell.Clock, Shell.Interrupted);
        if (PipelineTests.Faults(loaded.Plan) is { IsEmpty: false } faults) throw new InvalidDefinitionException(faults);
        var outcomes = new List<TestOutcome>();
        foreach (var test in loaded.Plan.Definition.Tests) outcomes.Add(await PipelineTests.RunAsync(loaded.Plan, test));
        if (CommonSettings.Json.Read(parsed)) JsonOutput.Write(Shell, json => WriteJson(json, outcomes));
        else WriteText(path, outcomes);
        return outcomes.TrueForAll(o => o.Passed) ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static string Title(TestOutcome outcome, int index) => outcome.Test.Name ?? $"test {index + 1}";

    private void WriteText(string path, List<TestOutcome> outcomes)
    {
        if (outcomes.Count == 0)
        {
            Shell.Print($"{path} has no tests; its 'tests:' would hold them");
            return;
        }
        for (var i = 0; i < outcomes.Count; i++)
        {
            var outcome = outcomes[i];
            Shell.Print($"{(outcome.Passed ? "ok    " : "FAILED")} {Title(outcome, i)}");
            foreach (var failure in outcome.Failures) Shell.Print($"       {failure.Location.Fault(failure.Sentence)}");
            foreach (var letter in outcome.DeadLetters) Shell.Print($"       dead letter {letter.Position}: {letter.Reason}");
        }
        Shell.Print($"{outcomes.Count(o => o.Passed)} passed, {outcomes.Count(o => !o.Passed)} failed");
    }

    private static void WriteJson(Utf8JsonWriter json, List<TestOutcome> outcomes)
    {
        json.WriteStartObject();
        json.WriteNumber("total", outcomes.Count);
        json.WriteNumber("passed", outcomes.Count(o => o.Passed));
        json.WriteNumber("failed", outcomes.Count(o => !o.Passed));
        json.WriteStartArray("items");
        for (var i = 0; i < outcomes.Count; i++) Write(json, outcomes[i], Title(outcomes[i], i));
        json.WriteEndArray();
        json.WriteNull("next");
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TestOutcome outcome, string title)
    {
        json.WriteStartObject();
        json.WriteString("name", title);
        json.WriteString("file", outcome.Test.Location.File);
        json.WriteNumber("line", outcome.Test.Location.Line);
        json.WriteNumber("column", outcome.Test.Location.Column);
        json.WriteBoolean("passed", outcome.Passed);
        json.WriteStartArray("failures");
        foreach (var failure in outcome.Failures)
        {
            json.WriteStartObject();
            json.WriteString("feature", failure.Feature);
            json.WriteString("expected", failure.Expected);
            json.WriteString("got", failure.Got);
            json.WriteNumber("line", failure.Location.Line);
            json.WriteNumber("column", failure.Location.Column);
            json.WriteString("detail", failure.Sentence);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("dead_letters");
        foreach (var letter in outcome.DeadLetters)
        {
            json.WriteStartObject();
            json.WriteString("position", letter.Position);
            json.WriteString("reason", letter.Reason);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
