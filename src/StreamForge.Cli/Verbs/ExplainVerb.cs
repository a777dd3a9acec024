using System.CommandLine;
using StreamForge.Cli.Explaining;
using StreamForge.Cli.Output;
using StreamForge.Cli.Parsing;
using StreamForge.Cli.Running;

namespace StreamForge.Cli.Verbs;

/// <summary><c>explain FILE</c>.</summary>
internal sealed class ExplainVerb : Verb
{
    private readonly Argument<string> _file = new("FILE") { Description = "A pipeline file" };

    public ExplainVerb(Shell shell) : base(
        shell, "explain", "Shows the plan: schemas, columns read, transformations, tiles, features and sinks", "./streamforge explain examples/retail/pipeline.yaml")
    {
        Add(_file);
        Add(CommonSettings.Json);
        Add(CommonSettings.DataDirectoryPath);
        Add(CommonSettings.Warehouse);
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        await using var loaded = await PipelineFiles.LoadAsync(parsed.GetRequiredValue(_file), null, CommonSettings.Tables(parsed), Shell.Clock, Shell.Interrupted);
        if (CommonSettings.Json.Read(parsed)) JsonOutput.Write(Shell, json => PlanJson.Write(json, loaded.Plan));
        else PlanText.Write(Shell, loaded.Plan);
        return ExitCodes.Done;
    }
}
