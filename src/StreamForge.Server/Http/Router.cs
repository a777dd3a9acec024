using Microsoft.AspNetCore.Http;
using StreamForge.Core;

namespace StreamForge.Server.Http;

/// <summary>Which path and method is answered by whom. By hand, because there are few paths and a lookup is shorter than most routers' work.</summary>
internal sealed class Router(ViewEndpoints views, FeaturesEndpoint features, StatusEndpoints status)
{
    private const string Read = "GET, HEAD";
    private const string Post = "POST";
    private const string ViewPrefix = "/v1/views/";

    private static readonly string[] Planned = ["/get-online-features", "/v1/ingest", "/v1/pipelines", "/iceberg/v1", "/openapi.json"];

    public ValueTask AnswerAsync(Exchange exchange)
    {
        var path = exchange.Path;
        if (path.StartsWith(ViewPrefix, StringComparison.Ordinal) && path.Length > ViewPrefix.Length && path.IndexOf('/', ViewPrefix.Length) < 0)
        {
            exchange.Route = "view";
            return Allows(exchange, Read) ? views.GetAsync(exchange, path.AsSpan(ViewPrefix.Length)) : RefuseMethodAsync(exchange, Read);
        }
        switch (path)
        {
            case "/v1/features:get":
                exchange.Route = "features";
                return Allows(exchange, Post) ? features.GetAsync(exchange) : RefuseMethodAsync(exchange, Post);
            case "/v1/views":
                exchange.Route = "views";
                return Allows(exchange, Read) ? views.ListAsync(exchange) : RefuseMethodAsync(exchange, Read);
            case "/health/live":
                exchange.Route = "health";
                return Allows(exchange, Read) ? status.LiveAsync(exchange) : RefuseMethodAsync(exchange, Read);
            case "/health/ready":
                exchange.Route = "health";
                return Allows(exchange, Read) ? status.ReadyAsync(exchange) : RefuseMethodAsync(exchange, Read);
            case "/metrics":
                exchange.Route = "metrics";
                return Allows(exchange, Read) ? status.MetricsAsync(exchange) : RefuseMethodAsync(exchange, Read);
            case "/":
                return Allows(exchange, Read) ? status.IndexAsync(exchange) : RefuseMethodAsync(exchange, Read);
            default:
                throw IsPlanned(path)
                    ? new StreamForgeException(ErrorKind.NotSupported, $"{path} is not supported yet")
                    : new StreamForgeException(ErrorKind.NotFound, $"there is nothing at {path}; GET / lists what can be called");
        }
    }

    private static bool Allows(Exchange exchange, string methods) => methods == Post
        ? HttpMethods.IsPost(exchange.Method)
        : HttpMethods.IsGet(exchange.Method) || HttpMethods.IsHead(exchange.Method);

    private static ValueTask RefuseMethodAsync(Exchange exchange, string allowed)
    {
        exchange.Headers.Allow = allowed;
        return Problem.SendAsync(
            exchange, StatusCodes.Status405MethodNotAllowed, ErrorKind.InvalidArgument, $"{exchange.Path} does not take {exchange.Method}; it takes {allowed}");
    }

    private static bool IsPlanned(string path)
    {
        foreach (var planned in Planned)
        {
            if (path.StartsWith(planned, StringComparison.Ordinal) && (path.Length == planned.Length || path[planned.Length] is '/' or ':')) return true;
        }
        return false;
    }
}
