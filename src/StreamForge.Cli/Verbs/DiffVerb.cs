using System.CommandLine;
using StreamForge.Cli.Evolution;
using StreamForge.Cli.Parsing;
using StreamForge.Pipeline.Evolution;

namespace StreamForge.Cli.Verbs;

/// <summary><c>diff FILE</c>.</summary>
internal sealed class DiffVerb : Verb
{
    private readonly Argument<string> _file = new("FILE") { Description = "A pipeline file" };

    public DiffVerb(Shell shell) : base(
        shell, "diff", "Shows what a changed definition does to live state, part by part; exit 0: nothing differs, 3: something does",
        "./streamforge diff examples/retail/pipeline.yaml", "./streamforge diff examples/retail/pipeline.yaml --data-dir ./retail-data --json")
    {
        Add(_file);
        Add(CommonSettings.DataDirectoryPath);
        Add(CommonSettings.Warehouse);
        Add(CommonSettings.Json);
        Add(new NotYetOption("--url", "URL", "Ask a running server"));
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        await using var file = await ChangedFile.LoadAsync(Shell, parsed.GetRequiredValue(_file), CommonSettings.DataDirectory(parsed), CommonSettings.Tables(parsed));
        var change = file.Compare(ChangeRequest.None);
        if (CommonSettings.Json.Read(parsed)) ChangeReport.WriteJson(Shell, change);
        else ChangeReport.WriteText(Shell, change);
        return change.IsChange ? ExitCodes.Changed : ExitCodes.Done;
    }
}
