using System.CommandLine;
using System.Text.Json;
using StreamForge.Cli.Output;
using StreamForge.Cli.Parsing;
using StreamForge.Cli.Running;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Trials;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Cli.Verbs;

/// <summary><c>validate FILE…</c>.</summary>
internal sealed class ValidateVerb : Verb
{
    private readonly Argument<string[]> _files = new("FILE") { Description = "Pipeline files", Arity = ArgumentArity.OneOrMore };

    public ValidateVerb(Shell shell) : base(
        shell, "validate", "Prints every fault of pipeline files as file:line:column: sentence", "./streamforge validate examples/retail/pipeline.yaml")
    {
        Add(_files);
        Add(CommonSettings.Json);
        Add(CommonSettings.DataDirectoryPath);
        Add(CommonSettings.Warehouse);
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var json = CommonSettings.Json.Read(parsed);
        var all = new List<Fault>();
        foreach (var path in parsed.GetRequiredValue(_files))
        {
            var (plan, faults) = await CheckAsync(path, CommonSettings.Tables(parsed));
            all.AddRange(faults);
            if (json) continue;
            if (plan is not null) Shell.Print($"{path}: ok ({Counts(plan)})");
            foreach (var fault in faults) Shell.Print(fault.ToString());
        }
        if (json) JsonOutput.Write(Shell, writer => JsonOutput.WriteList(writer, all, Write));
        return all.Count > 0 ? ExitCodes.Usage : ExitCodes.Done;
    }

    private async Task<(PipelinePlan? Plan, IReadOnlyList<Fault> Faults)> CheckAsync(string path, TableHome tables)
    {
        try
        {
            await using var loaded = await PipelineFiles.LoadAsync(path, null, tables, Shell.Clock, Shell.Interrupted);
            foreach (var notice in loaded.Notices) Shell.Errors.Line($"{notice} (notice)");
            var faults = PipelineTests.Faults(loaded.Plan);
            return (faults.IsEmpty ? loaded.Plan : null, faults);
        }
        catch (InvalidDefinitionException error)
        {
            return (null, error.Faults);
        }
    }

    private static string Counts(PipelinePlan plan) => string.Join(", ", new (int Count, string Name)[]
    {
        (plan.Sources.Length, "source"), (plan.Definition.Transformations.Length, "transformation"), (plan.Views.Length, "view"), (plan.Views.Sum(v => v.Description.Features.Length), "feature"),
        (plan.Services.Length, "service"), (plan.Sinks.Length, "sink"), (plan.Definition.Tests.Length, "test"),
    }.Select(c => $"{c.Count} {c.Name}{(c.Count == 1 ? "" : "s")}"));

    private static void Write(Utf8JsonWriter json, Fault fault)
    {
        json.WriteStartObject();
        json.WriteString("file", fault.File);
        json.WriteNumber("line", fault.Line);
        json.WriteNumber("column", fault.Column);
        json.WriteString("detail", fault.Sentence);
        json.WriteEndObject();
    }
}
