using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using StreamForge.Core;

namespace StreamForge.Server.Http;

/// <summary>Finds the route of a request. By hand, because there are few routes and a lookup is shorter than most routers' work; the first line of the table that fits wins.</summary>
internal sealed class Router(ImmutableArray<Route> routes)
{
    /// <summary>Open segments that a route has at most.</summary>
    public const int MaxValues = 2;

    public ValueTask AnswerAsync(Exchange exchange)
    {
        var path = exchange.Path;
        string? allowed = null;
        foreach (var route in routes)
        {
            if (!route.Matches(path, exchange.RouteValues)) continue;
            if (!route.Allows(exchange.Method))
            {
                if (route.IsBuilt) allowed = route.Methods;
                continue;
            }
            if (route.Answer is not { } answer) throw new StreamForgeException(ErrorKind.NotSupported, $"{path} is not supported yet");
            exchange.Route = route.Metric;
            return answer(exchange);
        }
        if (allowed is not null) return RefuseMethodAsync(exchange, allowed);
        throw IsPlanned(path)
            ? new StreamForgeException(ErrorKind.NotSupported, $"{path} is not supported yet")
            : new StreamForgeException(ErrorKind.NotFound, $"there is nothing at {path}; GET / lists what can be called");
    }

    /// <summary>Whole families of calls that are to come.</summary>
    private static bool IsPlanned(string path) =>
        path.StartsWith("/iceberg/v1/", StringComparison.Ordinal) || path.StartsWith("/v1/ingest/", StringComparison.Ordinal) || path.StartsWith("/v1/pipelines/", StringComparison.Ordinal);

    private static ValueTask RefuseMethodAsync(Exchange exchange, string allowed)
    {
        exchange.Headers.Allow = allowed;
        return Problem.SendAsync(
            exchange, StatusCodes.Status405MethodNotAllowed, ErrorKind.InvalidArgument, $"{exchange.Path} does not take {exchange.Method}; it takes {allowed}");
    }
}
