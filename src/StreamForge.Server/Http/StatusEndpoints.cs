using Microsoft.AspNetCore.Http;
using StreamForge.Core;
using StreamForge.Server.Metrics;

namespace StreamForge.Server.Http;

/// <summary><c>/health/live</c>, <c>/health/ready</c>, <c>/metrics</c> and the plain list of calls at <c>/</c>.</summary>
/// <param name="isNode">Whether the host is a node of a cluster.</param>
internal sealed class StatusEndpoints(IHostStatus status, IReadOnlyList<IMetricsSource> sources, bool isNode)
{
    private const string Index = """
        StreamForge

        GET  /v1/views                            the views, their keys, windows and features
        GET  /v1/views/{view}?key=value           one key's features; also &at=<RFC 3339 time> and &numbers=string
        POST /v1/features:get                     many keys: {"features": ["view:feature", "view:*"], "entities": [{"key": value}], "at": time}
                                                  or {"service": name, ...}
        GET  /v1/views/{view}/keys                some keys that a view knows
        GET  /v1/views/{view}/tiles/{feature}     what a feature's number is made of
        GET  /v1/pipelines                        the pipelines, stage by stage; also /v1/pipelines/{name}
        GET  /v1/pipelines/{name}/late            events that missed a window; also …/dead-letters; limit, cursor, order
        GET  /v1/tables                           the tables; also /v1/tables/{table}/snapshots and …/rows
        GET  /health/live                         200 while the program works
        GET  /health/ready                        200 when lookups give right answers
        GET  /metrics                             Prometheus text
        GET  /openapi.json                        all of this, for programs
        GET  /                                    a web page, for browsers

        """;

    /// <summary>What a node of a cluster answers besides.</summary>
    private const string ClusterIndex = """

        GET  /v1/cluster                          the nodes of the cluster, and how far each partition is
        POST /v1/pipelines/{name}:stop            lets a pipeline come to rest; also …:start

        """;

    public ValueTask LiveAsync(Exchange exchange) => status.IsLive
        ? HealthAsync(exchange, StatusCodes.Status200OK, "live", null)
        : HealthAsync(exchange, StatusCodes.Status503ServiceUnavailable, "not_live", null);

    public ValueTask ReadyAsync(Exchange exchange)
    {
        var reason = status.NotReadyReason;
        return reason is null
            ? HealthAsync(exchange, StatusCodes.Status200OK, "ready", null)
            : HealthAsync(exchange, StatusCodes.Status503ServiceUnavailable, "not_ready", reason);
    }

    public ValueTask MetricsAsync(Exchange exchange)
    {
        var writer = new PrometheusWriter();
        foreach (var source in sources) source.Write(writer);
        return exchange.SendTextAsync(PrometheusWriter.ContentType, writer.ToString());
    }

    public ValueTask IndexAsync(Exchange exchange) => exchange.SendTextAsync("text/plain; charset=utf-8", isNode ? Index + ClusterIndex : Index);

    private static ValueTask HealthAsync(Exchange exchange, int code, string word, string? reason)
    {
        var json = exchange.Json;
        json.WriteStartObject();
        json.WriteString("status", word);
        if (reason is not null) json.WriteString("reason", reason);
        json.WriteEndObject();
        return exchange.SendFreshJsonAsync(code);
    }
}
