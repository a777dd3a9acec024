using System.Collections.Immutable;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using StreamForge.Core;
using StreamForge.Server.Control;
using StreamForge.Server.Http;
using StreamForge.Server.Lookup;
using StreamForge.Server.Metrics;
using StreamForge.Server.OpenApi;
using StreamForge.Server.Ui;

namespace StreamForge.Server;

/// <summary>
/// The HTTP server: features, pipelines, tables, health, metrics, their description and the web page, over ports only.
/// <para>
/// It is Kestrel without a web host around it: no configuration files, no dependency injection, no middleware. A connection carries one
/// <see cref="Exchange"/> from request to request, with the row, the JSON writer and the buffers that a lookup needs; so a lookup allocates the
/// request's path and query, which Kestrel makes, and next to nothing else.
/// </para>
/// </summary>
public sealed class FeatureServer : IAsyncDisposable
{
    /// <summary>The source of the spans of requests, for whoever listens to them.</summary>
    public const string TraceSource = "StreamForge.Server";

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly KestrelServer _kestrel;

    private FeatureServer(KestrelServer kestrel, Uri address)
    {
        _kestrel = kestrel;
        Address = address;
    }

    /// <summary>Where it listens, with the port that was taken.</summary>
    public Uri Address { get; }

    /// <summary>Starts to listen.</summary>
    /// <param name="logging">Gets what the server cannot tell its callers: failures that are defects.</param>
    /// <exception cref="StreamForgeException">Busy when the port is taken; PermissionDenied, InvalidArgument or Unavailable when the address cannot be used; one sentence with what to do.</exception>
    public static async Task<FeatureServer> StartAsync(
        FeatureServerOptions options, ServerPorts ports, TimeProvider clock, ILoggerFactory logging, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(ports);
        var own = new ServerMetrics();
        var router = new Router(Routes(ports, own, clock));
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

    private static ImmutableArray<Route> Routes(ServerPorts ports, ServerMetrics own, TimeProvider clock)
    {
        var catalogs = new ViewCatalogs(ports.Features);
        var status = new StatusEndpoints(ports.Status, [own, ports.Metrics], ports.Cluster is not null);
        var description = new OpenApiEndpoint();
        var routes = RouteTable.Create(
            new ViewEndpoints(ports.Features, ports.Origins, catalogs, own, clock), new FeaturesEndpoint(ports.Features, catalogs, own, clock), status,
            new PipelineEndpoints(ports.Pipelines, ports.Switch), new ClusterEndpoint(ports.Cluster), new TableEndpoints(ports.Tables), new UiEndpoint(status), description);
        description.Describe(routes);
        return routes;
    }

    /// <summary>Stops listening, lets running requests end for at most five seconds, then cuts them off.</summary>
    public async ValueTask DisposeAsync()
    {
        using var timeout = new CancellationTokenSource(StopTimeout);
        await _kestrel.StopAsync(timeout.Token);
        _kestrel.Dispose();
    }
}
