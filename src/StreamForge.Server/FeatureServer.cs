using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using StreamForge.Core;
using StreamForge.Server.Http;
using StreamForge.Server.Lookup;
using StreamForge.Server.Metrics;

namespace StreamForge.Server;

/// <summary>
/// The HTTP server of features: <c>/v1/views</c>, <c>/v1/features:get</c>, <c>/health</c> and <c>/metrics</c>, over ports only.
/// <para>
/// It is Kestrel without a web host around it: no configuration files, no dependency injection, no middleware. A connection carries one
/// <see cref="Exchange"/> from request to request, with the row, the JSON writer and the buffers that a lookup needs; so a lookup allocates the
/// request's path and query, which Kestrel makes, and next to nothing else.
/// </para>
/// </summary>
public sealed class FeatureServer : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly KestrelServer _kestrel;

    private FeatureServer(KestrelServer kestrel, Uri address)
    {
        _kestrel = kestrel;
        Address = address;
    }

    /// <summary>Where it listens, with the port that was taken.</summary>
    public Uri Address { get; }

    /// <summary>Starts to listen. The ports are asked from any thread.</summary>
    /// <param name="metrics">What else <c>/metrics</c> shows; the server adds its own.</param>
    /// <param name="logging">Gets what the server cannot tell its callers: failures that are defects.</param>
    /// <exception cref="StreamForgeException">Busy when the port is taken; PermissionDenied, InvalidArgument or Unavailable when the address cannot be used; one sentence with what to do.</exception>
    public static async Task<FeatureServer> StartAsync(
        FeatureServerOptions options, IFeatureReader reader, IHostStatus status, IMetricsSource metrics, TimeProvider clock, ILoggerFactory logging, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        var own = new ServerMetrics();
        var catalogs = new ViewCatalogs(reader);
        var router = new Router(
            new ViewEndpoints(reader, catalogs, own, clock), new FeaturesEndpoint(reader, catalogs, own, clock), new StatusEndpoints(status, [own, metrics]));
        var application = new FeatureApplication(router, own, logging.CreateLogger<FeatureServer>());
        var listener = new Listener(options);
        var kestrel = listener.CreateServer(logging);
        try
        {
            await listener.StartAsync(kestrel, application, cancellation);
        }
        catch
        {
            kestrel.Dispose();
            throw;
        }
        return new FeatureServer(kestrel, listener.Address);
    }

    /// <summary>Stops listening, lets running requests end for at most five seconds, then cuts them off.</summary>
    public async ValueTask DisposeAsync()
    {
        using var timeout = new CancellationTokenSource(StopTimeout);
        await _kestrel.StopAsync(timeout.Token);
        _kestrel.Dispose();
    }
}
