using System.Diagnostics;

namespace StreamForge.Server.Http;

/// <summary>
/// A request as a span, named and attributed as OpenTelemetry's conventions for HTTP have it; it goes on with the trace that the request's <c>traceparent</c> names (W3C Trace Context). Where nobody listens there is
/// no span and next to no cost.
/// </summary>
internal static class RequestTrace
{
    private static readonly ActivitySource Source = new(FeatureServer.TraceSource);

    /// <summary>Begins the span; null where nobody listens.</summary>
    public static Activity? Begin(Exchange exchange)
    {
        if (!Source.HasListeners()) return null;
        var activity = ActivityContext.TryParse(exchange.Header("traceparent"), exchange.Header("tracestate"), isRemote: true, out var parent)
            ? Source.StartActivity(exchange.Method, ActivityKind.Server, parent)
            : Source.StartActivity(exchange.Method, ActivityKind.Server);
        activity?.SetTag("http.request.method", exchange.Method);
        activity?.SetTag("url.path", exchange.Path);
        return activity;
    }

    /// <param name="route">The kind of call.</param>
    public static void End(Activity activity, string route, int status)
    {
        activity.DisplayName = $"{activity.DisplayName} {route}";
        activity.SetTag("http.response.status_code", status);
        if (status >= 500) activity.SetStatus(ActivityStatusCode.Error);
        activity.Dispose();
    }
}
