using System.Collections.Immutable;
using StreamForge.Server.Http;

namespace StreamForge.Server.OpenApi;

/// <summary><c>GET /openapi.json</c>, written once from the route table.</summary>
internal sealed class OpenApiEndpoint
{
    private ReadOnlyMemory<byte> _document;

    /// <summary>Describes the table; before the first request.</summary>
    public void Describe(ImmutableArray<Route> routes) => _document = OpenApiDocument.Write(routes);

    public ValueTask GetAsync(Exchange exchange) => exchange.SendBytesAsync("application/json", _document);
}
