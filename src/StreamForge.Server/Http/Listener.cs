using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StreamForge.Core;

namespace StreamForge.Server.Http;

/// <summary>Kestrel, set up for lookups: HTTP/1.1 on one address, with limits on size and time.</summary>
internal sealed class Listener
{
    /// <summary>The largest request body that is read.</summary>
    public const int MaxBodyBytes = 16 << 20;

    private const int MaxConnections = 10_000;
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);

    private readonly FeatureServerOptions _options;
    private ListenOptions? _listening;

    public Listener(FeatureServerOptions options) => _options = options;

    /// <summary>The address that was bound; after the start.</summary>
    public Uri Address => new($"http://{_listening!.IPEndPoint}/");

    /// <exception cref="StreamForgeException">The bind address or the port is not one.</exception>
    public KestrelServer CreateServer(ILoggerFactory logging)
    {
        var kestrel = new KestrelServerOptions { AddServerHeader = false };
        kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
        kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
        kestrel.Limits.MaxConcurrentConnections = MaxConnections;
        kestrel.Listen(EndPoint(), listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            _listening = listen;
        });
        var errors = new ErrorsOnly(logging);
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), errors);
        return new KestrelServer(Options.Create(kestrel), transport, errors);
    }

    public async Task StartAsync(KestrelServer server, FeatureApplication application, CancellationToken cancellation)
    {
        try
        {
            await server.StartAsync(application, cancellation);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new StreamForgeException(
                ErrorKind.Busy, $"port {_options.Port} on {_options.Bind} is in use by another program; choose another with --port", retryable: true, e);
        }
        catch (SocketException e)
        {
            throw e.SocketErrorCode switch
            {
                SocketError.AccessDenied => new StreamForgeException(
                    ErrorKind.PermissionDenied, $"this user may not listen on port {_options.Port} of {_options.Bind}; choose one above 1023 with --port", retryable: false, e),
                SocketError.AddressNotAvailable => new StreamForgeException(
                    ErrorKind.InvalidArgument, $"{_options.Bind} is no address of this machine; choose one with --bind", retryable: false, e),
                _ => new StreamForgeException(
                    ErrorKind.Unavailable, $"cannot listen on port {_options.Port} of {_options.Bind}: {e.Message}", retryable: true, e),
            };
        }
    }

    private IPEndPoint EndPoint()
    {
        if (_options.Port is < IPEndPoint.MinPort or > IPEndPoint.MaxPort)
            throw new StreamForgeException(ErrorKind.InvalidArgument, $"{_options.Port} is no port; choose one from 1 to {IPEndPoint.MaxPort}, or 0 for any, with --port");
        return new IPEndPoint(BindAddress(), _options.Port);
    }

    private IPAddress BindAddress()
    {
        if (_options.Bind == "localhost") return IPAddress.Loopback;
        if (_options.Bind == "*") return IPAddress.Any;
        if (IPAddress.TryParse(_options.Bind, out var address)) return address;
        throw new StreamForgeException(ErrorKind.InvalidArgument, $"'{_options.Bind}' is no IP address; write one of this machine's, localhost, or * for all, with --bind");
    }
}
