using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using StreamForge.Core;
using StreamForge.Server.Http;

namespace StreamForge.Server.Ui;

/// <summary>
/// The web page at <c>/</c> and its parts under <c>/ui/</c>, from this assembly's resources. A browser may load nothing from elsewhere: the policy that comes with the page
/// says so. To callers that do not ask for HTML, <c>/</c> stays a plain list of calls.
/// </summary>
internal sealed class UiEndpoint(StatusEndpoints status)
{
    private const string Page = "index.html";
    private const string Folder = "StreamForge.Server.Ui.Assets.";

    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly FrozenDictionary<string, Asset> Assets = Load();

    private sealed record Asset(string Type, byte[] Bytes, string Tag);

    public ValueTask GetPageAsync(Exchange exchange)
    {
        exchange.Headers.Vary = "Accept";
        return exchange.Header("Accept").Contains("text/html", StringComparison.OrdinalIgnoreCase) ? SendAsync(exchange, Assets[Page]) : status.IndexAsync(exchange);
    }

    public ValueTask GetFileAsync(Exchange exchange) => Assets.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(exchange.RouteValue(0), out var asset)
        ? SendAsync(exchange, asset)
        : throw new StreamForgeException(ErrorKind.NotFound, $"the page has no part {exchange.RouteValue(0)}");

    private static ValueTask SendAsync(Exchange exchange, Asset asset)
    {
        var headers = exchange.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-cache";
        headers.ETag = asset.Tag;
        if (exchange.Header("If-None-Match") != asset.Tag) return exchange.SendBytesAsync(asset.Type, asset.Bytes);
        exchange.SendNotModified();
        return default;
    }

    private static FrozenDictionary<string, Asset> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .ToFrozenDictionary(name => name[Folder.Length..], name => Load(assembly, name), StringComparer.Ordinal);
    }

    private static Asset Load(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return new Asset(TypeOf(name), bytes, $"\"{XxHash64.Hash(bytes).ToString("x16", CultureInfo.InvariantCulture)}\"");
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "text/javascript; charset=utf-8",
    };
}
