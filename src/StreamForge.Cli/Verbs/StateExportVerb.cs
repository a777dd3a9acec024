using System.CommandLine;
using StreamForge.Cli.Parsing;
using StreamForge.Core;
using StreamForge.Embedded.Transfer;
using StreamForge.ObjectStores.Local;
using StreamForge.Postgres.Transfer;

namespace StreamForge.Cli.Verbs;

/// <summary><c>state export</c>.</summary>
internal sealed class StateExportVerb : StateVerb
{
    private readonly Argument<string> _pipeline = new("PIPELINE") { Description = "The pipeline's name" };
    private readonly Argument<string> _file = FileArgument();

    public StateExportVerb(Shell shell) : base(
        shell, "export", "Writes a pipeline's state to a file; the pipeline does not run meanwhile", "./streamforge state export retail retail.state")
    {
        Add(_pipeline);
        Add(_file);
        AddOptions();
        Add(CommonSettings.Yes);
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var (pipeline, path) = (parsed.GetRequiredValue(_pipeline), Path.GetFullPath(parsed.GetRequiredValue(_file)));
        if (File.Exists(path) && !CommonSettings.Yes.Read(parsed)) throw new StreamForgeException(ErrorKind.Conflict, $"{path} exists; --yes replaces it");
        var unfinished = path + ".new";
        try
        {
            await using var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None);
            var (header, counts) = IsCluster(parsed) ? await FromClusterAsync(parsed, pipeline, file) : EmbeddedStateExport.Export(CommonSettings.DataDirectory(parsed), pipeline, file, Shell.Clock);
            file.Flush(flushToDisk: true);
            File.Move(unfinished, path, overwrite: true);
            DurableFolder.Sync(Path.GetDirectoryName(path)!);
            Report(parsed, "exported", header, counts, $"{file.Length:N0} bytes in {path}");
            return ExitCodes.Done;
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    private async Task<(StreamForge.Pipeline.States.StateHeader, StreamForge.Pipeline.States.StateCounts)> FromClusterAsync(ParseResult parsed, string pipeline, Stream file)
    {
        await using var database = Postgres.Open(parsed);
        return await PostgresStateExport.ExportAsync(database, pipeline, file, Shell.Clock, Shell.Interrupted);
    }
}
