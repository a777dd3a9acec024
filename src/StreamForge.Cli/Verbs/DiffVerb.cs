using System.CommandLine;
using StreamForge.Cli.Evolution;
using StreamForge.Cli.Parsing;
using StreamForge.Pipeline.Evolution;

namespace StreamForge.Cli.Verbs;

/// <summary><c>diff FILE</c>.</summary>
internal sealed class DiffVerb : Verb
{
    private readonly Argument<string> _file = new("FILE") { Description = "A pipeline file" };
    private readonly PostgresSettings _postgres = new();

    public DiffVerb(Shell shell) : base(
        shell, "diff", "Shows what a changed definition does to live state, part by part; exit 0: nothing differs, 3: something does",
        "./streamforge diff examples/retail/pipeline.yaml", "./streamforge diff examples/retail/pipeline.yaml --data-dir ./retail-data --json",
        "./streamforge diff examples/cluster/pipeline.yaml --postgres postgresql://postgres@127.0.0.1:5432/postgres")
    {
        Add(_file);
        Add(CommonSettings.DataDirectoryPath);
        _postgres.AddTo(this);
        Add(CommonSettings.Warehouse);
        Add(CommonSettings.Json);
        Add(new NotYetOption("--url", "URL", "Ask a running server"));
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var change = await CompareAsync(parsed);
        if (CommonSettings.Json.Read(parsed)) ChangeReport.WriteJson(Shell, change);
        else ChangeReport.WriteText(Shell, change);
        return change.IsChange ? ExitCodes.Changed : ExitCodes.Done;
    }

    private async Task<DefinitionChange> CompareAsync(ParseResult parsed)
    {
        var path = parsed.GetRequiredValue(_file);
        if (_postgres.IsMeant(parsed))
        {
            await using var database = _postgres.Open(parsed);
            await using var cluster = await ChangedCluster.LoadAsync(Shell, path, database, CommonSettings.Tables(parsed));
            return cluster.Compare(ChangeRequest.None);
        }
        await using var file = await ChangedFile.LoadAsync(Shell, path, CommonSettings.DataDirectory(parsed), CommonSettings.Tables(parsed));
        return file.Compare(ChangeRequest.None);
    }
}
