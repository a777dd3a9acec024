using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Net;
using StreamForge.Cli.Parsing;
using StreamForge.Core;

namespace StreamForge.Cli.Cluster;

/// <summary>The options of <c>silo start</c>, which are also variables and fields of its configuration file.</summary>
internal static class NodeSettings
{
    public const string PipelinesField = "pipelines";

    public static Setting<string?> Config { get; } = CommonSettings.OptionalText("--config", "FILE", "A file of these options, YAML or JSON, by their names with underscores; 'pipelines' lists pipeline files");

    /// <summary>The database that a cluster keeps its state in.</summary>
    public static Setting<string?> Postgres { get; } = CommonSettings.OptionalText("--postgres", "URL", "The database of the cluster: postgresql://user:password@host:port/database");

    public static Setting<string> Schema { get; } = CommonSettings.Text("--schema", "NAME", "The schema in it that holds the tables [default: streamforge]", "streamforge");

    private static readonly Flag Localhost = new("--localhost", "A cluster of this node alone, for a first try; without --postgres nothing survives its end");

    private static readonly Setting<string> ClusterId = CommonSettings.Text("--cluster-id", "NAME", "Nodes with the same id and database find each other [default: streamforge]", "streamforge");

    private static readonly Setting<string?> Advertise = new("--advertise", "ADDRESS", "The IP address that other nodes reach this one by [default: --bind, or this machine's own]", null, "an IP address", TryAddress);

    private static readonly Setting<int> SiloPort = Port("--silo-port", "The port between silos; 0 takes any free one [default: 11111]", 11111);

    private static readonly Setting<int> GatewayPort = Port("--gateway-port", "The port for Orleans clients of other programs; 0 for none [default: 0]", 0);

    private static readonly Setting<FailureDetection> Detection = new(
        "--failure-detection", "SPEED", "How soon a silo that does not answer is taken for lost: normal or fast [default: normal]", FailureDetection.Normal, "normal or fast", TryDetection);

    private static readonly Setting<TimeSpan> FlushInterval = Duration("--flush-interval", "Between two flushes of the state [default: 5s]", TimeSpan.FromSeconds(5));

    private static readonly Setting<TimeSpan> DrainTimeout = Duration("--drain-timeout", "How long a stop may take [default: 30s]", TimeSpan.FromSeconds(30));

    /// <summary>All that a configuration file may set.</summary>
    private static readonly ImmutableArray<Setting> InFile =
    [
        Postgres, Schema, Localhost, ClusterId, CommonSettings.Bind, Advertise, CommonSettings.Port, SiloPort, GatewayPort, Detection, FlushInterval, DrainTimeout,
        CommonSettings.DataDirectoryPath, CommonSettings.Warehouse, CommonSettings.LogLevel,
    ];

    public static void AddTo(Command command)
    {
        command.Add(Config);
        foreach (var setting in InFile.Where(s => s != CommonSettings.LogLevel)) command.Add(setting);
    }

    /// <exception cref="StreamForgeException">InvalidArgument or InvalidDefinition: what is wrong with an option, a variable or the file.</exception>
    public static NodeOptions Read(ParseResult parsed, IReadOnlyList<string> files, Shell shell)
    {
        var file = Config.Read(parsed) is { } path ? ConfigurationFile.Read(path, InFile, PipelinesField) : null;
        shell.Log.Level = CommonSettings.LogLevel.Read(parsed, file);
        if (files.Count == 0) files = [.. file?.Paths(PipelinesField) ?? []];
        if (files.Count == 0) throw new StreamForgeException(ErrorKind.InvalidArgument, "streamforge silo start needs FILE, or 'pipelines' in the configuration file; streamforge silo start --help shows what there is");
        var postgres = Postgres.Read(parsed, file);
        var localhost = Localhost.Read(parsed, file);
        if (postgres is null && !localhost)
        {
            throw new StreamForgeException(
                ErrorKind.InvalidArgument, $"a node needs the database of its cluster: --postgres postgresql://user:password@host:port/database (or {Postgres.Variable}), or --localhost for a first try in memory");
        }
        return new NodeOptions(
            [.. files], postgres, Schema.Read(parsed, file), localhost, ClusterId.Read(parsed, file), CommonSettings.Bind.Read(parsed, file), Advertise.Read(parsed, file),
            CommonSettings.Port.Read(parsed, file) ?? CommonSettings.DefaultPort, SiloPort.Read(parsed, file), GatewayPort.Read(parsed, file), Detection.Read(parsed, file), FlushInterval.Read(parsed, file),
            DrainTimeout.Read(parsed, file), new(CommonSettings.DataDirectoryPath.Read(parsed, file)), CommonSettings.Warehouse.Read(parsed, file));
    }

    private static Setting<int> Port(string name, string help, int fallback) => new(name, "PORT", help, fallback, "a port from 0 to 65535", TryPort);

    private static Setting<TimeSpan> Duration(string name, string help, TimeSpan fallback) => new(name, "DURATION", help, fallback, "a duration above 0 such as 5s", TryDuration);

    private static bool TryPort(string text, out int value)
    {
        var valid = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port);
        value = port;
        return valid;
    }

    private static bool TryAddress(string text, out string? value)
    {
        value = text;
        return IPAddress.TryParse(text, out var address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any);
    }

    private static bool TryDetection(string text, out FailureDetection value)
    {
        value = text == "fast" ? FailureDetection.Fast : FailureDetection.Normal;
        return text is "normal" or "fast";
    }

    private static bool TryDuration(string text, out TimeSpan value)
    {
        var valid = Core.Duration.TryParse(text, out var micros) && micros is > 0 and <= EventTime.Day;
        value = TimeSpan.FromMicroseconds(micros);
        return valid;
    }
}
