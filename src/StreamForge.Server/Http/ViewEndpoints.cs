using StreamForge.Core;
using StreamForge.Server.Lookup;
using StreamForge.Server.Metrics;

namespace StreamForge.Server.Http;

/// <summary><c>GET /v1/views</c> and <c>GET /v1/views/{view}?key=value</c>.</summary>
internal sealed class ViewEndpoints(IFeatureReader reader, ViewCatalogs catalogs, ServerMetrics metrics, TimeProvider clock)
{
    public ValueTask GetAsync(Exchange exchange, ReadOnlySpan<char> view)
    {
        var started = clock.GetTimestamp();
        var document = catalogs.Current.Find(view);
        var request = exchange.View;
        request.Parse(document.View.Entity, exchange.Query);
        reader.Read(document.View, request.Key, request.At, exchange.Row);
        document.Write(exchange.Json, request.Key, exchange.Row, request.Numbers);
        metrics.KeyRead(document.View.Name, exchange.Row.Found);
        var sending = exchange.SendJsonAsync();
        metrics.LookedUp(manyKeys: false, clock.GetElapsedTime(started));
        return sending;
    }

    public ValueTask ListAsync(Exchange exchange)
    {
        var parameters = new QueryText(exchange.Query);
        if (parameters.Read())
            throw new StreamForgeException(ErrorKind.InvalidArgument, $"unknown parameter {QueryText.Decode(parameters.Name)}; the list of views takes none");
        ViewList.Write(exchange.Json, reader.Views);
        return exchange.SendJsonAsync();
    }
}
