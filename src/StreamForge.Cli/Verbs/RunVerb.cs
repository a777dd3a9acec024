using System.CommandLine;
using StreamForge.Cli.Parsing;
using StreamForge.Cli.Running;
using StreamForge.Core;
using StreamForge.Server;

namespace StreamForge.Cli.Verbs;

/// <summary><c>run FILE…</c>.</summary>
internal sealed class RunVerb : Verb
{
    private readonly Argument<string[]> _files = new("FILE") { Description = "Pipeline files, run side by side", Arity = ArgumentArity.OneOrMore };
    private readonly Flag _once = new("--once", "Read to the sources' present end, checkpoint, commit, exit; no port is opened unless --port is given");

    private readonly Flag _drain = new("--drain", "With --once: also emit every open window of views that sinks read");

    private readonly Setting<long?> _imageMemory = CommonSettings.Size("--image-memory", "Memory for the rows that each partition of a source with 'before: stored' keeps; the rest is read from disk [default: 64MiB]");

    public RunVerb(Shell shell) : base(
        shell, "run", "Runs pipelines until stopped; started again with the same data directory they go on where they were",
        "./streamforge run examples/retail/pipeline.yaml --once", "./streamforge run examples/clickstream/pipeline.yaml")
    {
        Add(_files);
        Add(_once);
        Add(_drain);
        Add(_imageMemory);
        Add(CommonSettings.Json);
        Add(CommonSettings.DataDirectoryPath);
        Add(CommonSettings.Warehouse);
        Add(CommonSettings.Port);
        Add(CommonSettings.Bind);
        Add(CommonSettings.Yes);
        Add(new NotYetOption("--micro-batch", null, "End when nothing has come for a while"));
        Add(new NotYetOption("--grpc-port", "PORT", "The gRPC port", off: "0"));
        Add(new NotYetOption("--token-file", "FILE", "The tokens that callers must show"));
    }

    protected override Task<int> RunAsync(ParseResult parsed)
    {
        var once = _once.Read(parsed);
        var drain = _drain.Read(parsed);
        if (drain && !once) throw new StreamForgeException(ErrorKind.InvalidArgument, "--drain needs --once: only a run that ends by itself can emit what is open then");
        CommonSettings.Yes.Read(parsed);
        var port = CommonSettings.Port.Read(parsed);
        var server = once && port is null ? null : new FeatureServerOptions(CommonSettings.Bind.Read(parsed), port ?? CommonSettings.DefaultPort);
        var files = parsed.GetRequiredValue(_files);
        var data = CommonSettings.DataDirectory(parsed);
        var options = new RunOptions(
            () => PipelineFiles.LoadAllAsync(files, CommonSettings.Tables(parsed), Shell), once, data, !CommonSettings.DataDirectoryPath.IsGiven(parsed), server, CommonSettings.Json.Read(parsed), drain)
        { Warehouse = CommonSettings.Warehouse.Read(parsed), ImageMemory = _imageMemory.Read(parsed) };
        return new PipelineRun(Shell, options, new PlainVoice(Shell, options)).RunAsync();
    }
}
