using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;

namespace StreamForge.Cli.Bench;

/// <summary>
/// One kept-alive HTTP/1.1 connection, one request after another, with blocking sends and receives: about as little work as a client can do, since it runs on the cores
/// of the server that it measures. It understands answers with a Content-Length only. For one thread.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private const int StatusOffset = 9; // after "HTTP/1.1 "

    private static readonly TimeSpan ReceiveTimeout = TimeSpan.FromSeconds(10);

    private readonly Socket _socket;
    private byte[] _buffer = new byte[16 << 10];

    public HttpConnection(IPEndPoint server)
    {
        _socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = (int)ReceiveTimeout.TotalMilliseconds };
        _socket.Connect(server);
    }

    /// <summary>Sends a whole request and takes the whole answer.</summary>
    /// <returns>The answer's status and the bytes of its body.</returns>
    /// <exception cref="IOException">The connection ended, or the answer is not one that is understood.</exception>
    public (int Status, int BodyBytes) Exchange(ReadOnlySpan<byte> request)
    {
        while (request.Length > 0) request = request[_socket.Send(request)..];
        var have = 0;
        while (true)
        {
            if (have == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
            var received = _socket.Receive(_buffer.AsSpan(have));
            if (received == 0) throw new IOException("the server closed the connection");
            have += received;
            var head = _buffer.AsSpan(0, have).IndexOf("\r\n\r\n"u8);
            if (head < 0) continue;
            var body = ContentLength(_buffer.AsSpan(0, head + 2));
            if (have < head + 4 + body) continue;
            if (!Utf8Parser.TryParse(_buffer.AsSpan(StatusOffset, 3), out int status, out _)) throw new IOException("the answer has no status");
            return (status, body);
        }
    }

    private static int ContentLength(ReadOnlySpan<byte> head)
    {
        var name = "\r\nContent-Length: "u8;
        var at = head.IndexOf(name);
        return at >= 0 && Utf8Parser.TryParse(head[(at + name.Length)..], out int length, out _) ? length : throw new IOException("the answer has no Content-Length");
    }

    public void Dispose() => _socket.Dispose();
}
