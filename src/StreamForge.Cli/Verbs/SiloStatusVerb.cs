using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using StreamForge.Cli.Features;
using StreamForge.Cli.Output;
using StreamForge.Cli.Parsing;

namespace StreamForge.Cli.Verbs;

/// <summary><c>silo status</c>: what one node says of the cluster.</summary>
internal sealed class SiloStatusVerb : Verb
{
    private const string Default = "http://127.0.0.1:7070";

    private readonly Setting<string> _url = new("--url", "URL", $"A node of the cluster [default: {Default}]", Default, "a URL such as http://127.0.0.1:7070", TryUrl);

    public SiloStatusVerb(Shell shell) : base(shell, "status", "Lists the nodes of a cluster and how far each partition is", "./streamforge silo status --url http://127.0.0.1:7070")
    {
        Add(_url);
        Add(CommonSettings.Json);
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var url = _url.Read(parsed);
        var cluster = await FeatureClient.GetAsync(url, "/v1/cluster", Shell.Interrupted);
        if (CommonSettings.Json.Read(parsed))
        {
            Shell.Print(cluster);
            return ExitCodes.Done;
        }
        using var json = JsonDocument.Parse(cluster);
        WriteNodes(json.RootElement);
        Shell.Print();
        WritePartitions(json.RootElement.GetProperty("partitions"));
        return ExitCodes.Done;
    }

    private void WriteNodes(JsonElement cluster)
    {
        var here = cluster.GetProperty("here").GetString();
        var nodes = cluster.GetProperty("nodes").EnumerateArray().Select(n => new[]
        {
            Text(n, "silo") + (Text(n, "silo") == here ? " (asked)" : ""), Text(n, "name"), Text(n, "state"), Text(n, "started"), Number(n, "keys"),
        });
        Tables.Write(Shell, ["silo", "name", "state", "started", "keys"], nodes, 4);
    }

    private void WritePartitions(JsonElement partitions)
    {
        var rows = partitions.EnumerateArray().Select(p => new[]
        {
            Text(p, "pipeline"), $"{Text(p, "source")}/{Number(p, "partition")}", Text(p, "silo"), Number(p, "received"), Number(p, "applied"), Number(p, "durable"), Number(p, "lag"), Number(p, "rewinds"), Text(p, "failure"),
        }).ToArray();
        if (rows.Length == 0) Shell.Print("no partition has said anything yet");
        else Tables.Write(Shell, ["pipeline", "partition", "silo", "received", "applied", "durable", "lag", "rewinds", "failure"], rows, 3, 4, 5, 6, 7);
    }

    private static string Text(JsonElement item, string name) => item.GetProperty(name).GetString() ?? "";

    private static string Number(JsonElement item, string name) => item.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetInt64().ToString("N0", CultureInfo.InvariantCulture) : "";

    private static bool TryUrl(string text, out string value)
    {
        value = text.TrimEnd('/');
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https";
    }
}
