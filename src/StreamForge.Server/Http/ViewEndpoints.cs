using StreamForge.Core;
using StreamForge.Server.Lookup;
using StreamForge.Server.Metrics;

namespace StreamForge.Server.Http;

/// <summary><c>GET /v1/views</c>, <c>/v1/views/{view}?key=value</c>, and a view's tiles and some of its keys.</summary>
internal sealed class ViewEndpoints(IFeatureReader reader, IOriginReader? origins, ViewCatalogs catalogs, ServerMetrics metrics, TimeProvider clock)
{
    private const int DefaultKeys = 5;
    private const int MaxKeys = 100;

    public ValueTask GetAsync(Exchange exchange)
    {
        var started = clock.GetTimestamp();
        var document = catalogs.Current.Find(exchange.RouteValue(0));
        var request = exchange.View;
        request.Parse(document.View.Entity, exchange.Query);
        return reader.MustGather ? GatherAsync(exchange, document, started) : AnswerAsync(exchange, reader, document, started);
    }

    private async ValueTask GatherAsync(Exchange exchange, ViewDocument document, long started) =>
        await AnswerAsync(exchange, await GatherAsync(exchange, document), document, started);

    private ValueTask<IFeatureReader> GatherAsync(Exchange exchange, ViewDocument document) =>
        reader.GatherAsync([(document.View, exchange.View.Key.ToArray())], exchange.Aborted);

    private ValueTask AnswerAsync(Exchange exchange, IFeatureReader gathered, ViewDocument document, long started)
    {
        var request = exchange.View;
        gathered.Read(document.View, request.Key, request.At, exchange.Row);
        document.Write(exchange.Json, request.Key, exchange.Row, request.Numbers);
        metrics.KeyRead(document.View.Name, exchange.Row.Found);
        var sending = exchange.SendJsonAsync();
        metrics.LookedUp(manyKeys: false, clock.GetElapsedTime(started));
        return sending;
    }

    public ValueTask ListAsync(Exchange exchange)
    {
        PageQuery.RefuseAny(exchange.Query, "the list of views");
        ViewList.Write(exchange.Json, reader.Views);
        return exchange.SendJsonAsync();
    }

    public async ValueTask KeysAsync(Exchange exchange)
    {
        var document = catalogs.Current.Find(exchange.RouteValue(0));
        var sample = await reader.SampleKeysAsync(document.View, Limit(exchange.Query), exchange.Aborted);
        document.WriteKeys(exchange.Json, sample);
        await exchange.SendFreshJsonAsync();
    }

    private static int Limit(string query)
    {
        var limit = DefaultKeys;
        for (var parameters = new QueryText(query); parameters.Read();) limit = PageQuery.LimitOnly(parameters, MaxKeys);
        return limit;
    }

    public async ValueTask TilesAsync(Exchange exchange)
    {
        var document = catalogs.Current.Find(exchange.RouteValue(0));
        var feature = FindFeature(document, exchange.RouteValue(1).ToString());
        var request = exchange.View;
        request.Parse(document.View.Entity, exchange.Query);
        var gathered = await GatherAsync(exchange, document);
        var tiles = gathered.ReadTiles(document.View, request.Key, feature, request.At, exchange.Row);
        document.WriteTiles(exchange.Json, request.Key, feature, exchange.Row, tiles, request.Numbers);
        metrics.KeyRead(document.View.Name, exchange.Row.Found);
        await exchange.SendJsonAsync();
    }

    /// <summary>What a feature of a key was made of.</summary>
    public async ValueTask WhyAsync(Exchange exchange)
    {
        var document = catalogs.Current.Find(exchange.RouteValue(0));
        var request = exchange.View;
        request.Parse(document.View.Entity, exchange.Query);
        var gathered = await GatherAsync(exchange, document);
        WhyDocument.Write(exchange.Json, gathered, document.View, request.Key, exchange.RouteValue(1).ToString(), request.At, origins?.Read(document.View), exchange.Row, request.Numbers);
        metrics.KeyRead(document.View.Name, exchange.Row.Found);
        await exchange.SendFreshJsonAsync();
    }

    private static int FindFeature(ViewDocument document, string name)
    {
        var feature = document.View.IndexOf(name);
        if (feature < 0)
        {
            throw new StreamForgeException(
                ErrorKind.NotFound, $"{document.View.Name} has no feature '{name}'{NearestNames.Hint(name, document.View.Features.Select(f => f.Name))}");
        }
        if (document.View.Features[feature].Window < 0)
            throw new StreamForgeException(ErrorKind.InvalidArgument, $"{name} is derived from other features and has no tiles of its own; ask for theirs");
        return feature;
    }
}
