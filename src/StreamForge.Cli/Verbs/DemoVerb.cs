using System.CommandLine;
using StreamForge.Cli.Demo;
using StreamForge.Cli.Parsing;
using StreamForge.Cli.Running;
using StreamForge.Server;

namespace StreamForge.Cli.Verbs;

/// <summary><c>demo</c>.</summary>
internal sealed class DemoVerb : Verb
{
    private const double UsualRate = 2000;
    private const long UsualEvents = 200_000;

    private readonly Flag _once = new("--once", $"Process --events events [default: {UsualEvents:N0}], print a summary, end; no port is opened unless --port is given");
    private readonly Setting<long?> _events = CommonSettings.Count("--events", "End after so many events [default: no end]");
    private readonly Setting<double?> _rate = CommonSettings.Rate($"Events a second [default: {UsualRate:N0}; with --once as fast as they are taken]");

    public DemoVerb(Shell shell) : base(
        shell, "demo", "A shop's clicks become features and tables, in one process with nothing to install: something to open, something to look up",
        "./streamforge demo", "./streamforge demo --once --events 200000", "./streamforge demo --rate 20000 --port 8080 --data-dir /tmp/demo")
    {
        foreach (var option in (Setting[])[_once, _events, _rate, CommonSettings.DataDirectoryPath, CommonSettings.Warehouse, CommonSettings.Port, CommonSettings.Bind, CommonSettings.Json]) Add(option);
        Add(new NotYetOption("--grpc-port", "PORT", "The gRPC port", off: "0"));
    }

    protected override Task<int> RunAsync(ParseResult parsed)
    {
        var once = _once.Read(parsed);
        var port = CommonSettings.Port.Read(parsed);
        var server = once && port is null ? null : new FeatureServerOptions(CommonSettings.Bind.Read(parsed), port ?? CommonSettings.DefaultPort);
        var data = CommonSettings.DataDirectory(parsed);
        var demo = new DemoPipeline.Options(_rate.Read(parsed) ?? (once ? null : UsualRate), _events.Read(parsed) ?? (once ? UsualEvents : null));
        var options = new RunOptions(
            async () => [await DemoPipeline.LoadAsync(data, demo, Shell.Clock, Shell.Interrupted)], once, data, !CommonSettings.DataDirectoryPath.IsGiven(parsed), server, Json: true)
        { Warehouse = CommonSettings.Warehouse.Read(parsed) };
        return new PipelineRun(Shell, options, new DemoVoice(Shell, options)).RunAsync();
    }
}
