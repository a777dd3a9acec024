using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace StreamForge.Cli.Bench;

/// <summary>Kestrel as the feature server sets it up, answering every request with <c>{}</c>: the most that lookups over HTTP could reach.</summary>
internal sealed class EmptyEndpoint : IHttpApplication<IFeatureCollection>, IAsyncDisposable
{
    private static readonly byte[] Body = [(byte)'{', (byte)'}'];

    private readonly KestrelServer _kestrel;
    private ListenOptions? _listening;

    private EmptyEndpoint()
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        options.Limits.MaxConcurrentConnections = 10_000;
        options.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            _listening = listen;
        });
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
        _kestrel = new KestrelServer(Options.Create(options), transport, NullLoggerFactory.Instance);
    }

    public IPEndPoint Address => _listening!.IPEndPoint!;

    public static async Task<EmptyEndpoint> StartAsync(CancellationToken cancellation)
    {
        var endpoint = new EmptyEndpoint();
        await endpoint._kestrel.StartAsync(endpoint, cancellation);
        return endpoint;
    }

    public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    public async Task ProcessRequestAsync(IFeatureCollection context)
    {
        var headers = context.GetRequiredFeature<IHttpResponseFeature>().Headers;
        headers.ContentType = "application/json";
        headers.ContentLength = Body.Length;
        await context.GetRequiredFeature<IHttpResponseBodyFeature>().Writer.WriteAsync(Body);
    }

    public void DisposeContext(IFeatureCollection context, Exception? exception)
    {
    }

    public async ValueTask DisposeAsync()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await _kestrel.StopAsync(timeout.Token);
        _kestrel.Dispose();
    }
}
