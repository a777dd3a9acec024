using System.Net;
using System.Net.Sockets;

namespace StreamForge.Testing.Services;

/// <summary>
/// Stands between a client and a PostgreSQL server and cuts their connection at a chosen moment: before a request gets through, or after a transaction has been committed and before the client hears of it.
/// The connection must not be encrypted, as the server's <c>ReadyForQuery</c> is looked for (PostgreSQL manual, 55.7, Message Formats).
/// </summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private const int Nothing = 0, Answer = 1, Request = 2;

    /// <summary>The server's last word after a transaction has ended: message Z, length 5, status idle.</summary>
    private static readonly byte[] Idle = [(byte)'Z', 0, 0, 0, 5, (byte)'I'];

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private readonly string _host;
    private readonly int _port;
    private int _cut;
    private int _requests;

    public CuttingProxy(string host, int port)
    {
        (_host, _port) = (host, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens, on 127.0.0.1.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Cuts when the server has ended the next transaction.</summary>
    public void LoseNextAnswer() => Volatile.Write(ref _cut, Answer);

    /// <summary>Cuts when the client says something.</summary>
    public void LoseNextRequest() => LoseRequest(0);

    /// <summary>Cuts when the client says something, after so many things that it says and that get through.</summary>
    public void LoseRequest(int after)
    {
        Volatile.Write(ref _requests, after);
        Volatile.Write(ref _cut, Request);
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true) connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await server.ConnectAsync(_host, _port, _stop.Token);
                client.NoDelay = server.NoDelay = true;
                // The first of the two that ends takes the other with it.
                await await Task.WhenAny(PumpAsync(client.GetStream(), server.GetStream(), Request), PumpAsync(server.GetStream(), client.GetStream(), Answer));
            }
            catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
            {
                // One of the two has gone, which ends the other's connection below.
            }
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, int cut)
    {
        var buffer = new byte[64 * 1024];
        var kept = 0;
        while (await from.ReadAsync(buffer.AsMemory(kept), _stop.Token) is var read and > 0)
        {
            var end = kept + read;
            if ((cut == Request ? Volatile.Read(ref _cut) == Request && Interlocked.Decrement(ref _requests) < 0 : buffer.AsSpan(0, end).EndsWith(Idle)) && Interlocked.CompareExchange(ref _cut, Nothing, cut) == cut) return;
            await to.WriteAsync(buffer.AsMemory(kept, read), _stop.Token);
            kept = Math.Min(end, Idle.Length);
            buffer.AsSpan(end - kept, kept).CopyTo(buffer);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }
}
