using System.Net;
using System.Text;
using System.Text.Json;
using StreamForge.Cli.Features;
using StreamForge.Core;

namespace StreamForge.Cli.Bench;

/// <summary><c>bench lookups --url URL</c>: the same load against a server that runs, of whichever host. It knows the keys that the server samples of its first view, at most a hundred.</summary>
internal static class ServedLookups
{
    private const int Connections = 8;
    private const double PacedRate = 2_000;

    public static async Task<BenchReport> RunAsync(string url, BenchContext context, CancellationToken cancellation)
    {
        var (view, features) = await FirstViewAsync(url, cancellation);
        var keys = await KeysAsync(url, view, cancellation);
        var address = new Uri(url);
        var endpoint = new IPEndPoint((await Dns.GetHostAddressesAsync(address.Host, cancellation))[0], address.Port);
        var load = new HttpLoad(endpoint, [.. keys.Select(k => Encoding.ASCII.GetBytes($"GET /v1/views/{Uri.EscapeDataString(view)}?{k} HTTP/1.1\r\nHost: {address.Authority}\r\n\r\n"))], Connections);
        context.Progress($"warming up: {keys.Length} keys of {view}, {features} features each");
        await load.RunAsync(TimeSpan.FromSeconds(5 * context.Scale), null, cancellation);
        context.Progress("as many as can be");
        var full = await load.RunAsync(TimeSpan.FromSeconds(10 * context.Scale), null, cancellation);
        context.Progress($"at a pace of {PacedRate:N0} a second");
        var paced = await load.RunAsync(TimeSpan.FromSeconds(10 * context.Scale), PacedRate, cancellation);
        return new BenchReport(
        [
            new("keys", keys.Length, "keys"),
            new("features_per_lookup", features, "features"),
            new("lookups", full.Requests, "lookups"),
            new("failed_lookups", full.Failures + paced.Failures, "lookups"),
            new("answer_bytes", full.BodyBytes / (double)full.Requests, "bytes"),
            new("lookups_per_second", full.PerSecond, "lookups/s", 20_000),
            new("full_load_p50", full.Quantile(0.5), "ms"),
            new("full_load_p99", full.Quantile(0.99), "ms"),
            new("paced_lookups_per_second", paced.PerSecond, "lookups/s"),
            new("paced_p50", paced.Quantile(0.5), "ms"),
            new("paced_p99", paced.Quantile(0.99), "ms"),
        ])
        { Notes = ["The client runs on this machine: where the server does too, the client's work is taken from it."] };
    }

    private static async Task<(string Name, int Features)> FirstViewAsync(string url, CancellationToken cancellation)
    {
        using var json = JsonDocument.Parse(await FeatureClient.GetAsync(url, "/v1/views", cancellation));
        foreach (var view in json.RootElement.GetProperty("items").EnumerateArray()) return (view.GetProperty("name").GetString()!, view.GetProperty("features").GetArrayLength());
        throw new StreamForgeException(ErrorKind.InvalidArgument, $"the server at {url} has no views to look up");
    }

    /// <summary>Each key as a query: <c>user_id=u-1</c>.</summary>
    private static async Task<string[]> KeysAsync(string url, string view, CancellationToken cancellation)
    {
        using var json = JsonDocument.Parse(await FeatureClient.GetAsync(url, $"/v1/views/{Uri.EscapeDataString(view)}/keys?limit=100", cancellation));
        string[] keys = [.. json.RootElement.GetProperty("items").EnumerateArray().Select(k => string.Join('&', k.GetProperty("entity").EnumerateObject().Select(c => $"{Uri.EscapeDataString(c.Name)}={Uri.EscapeDataString(c.Value.ToString())}")))];
        return keys.Length > 0 ? keys : throw new StreamForgeException(ErrorKind.InvalidArgument, $"the view {view} at {url} knows no key yet");
    }
}
