using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using StreamForge.Core;
using StreamForge.Server.Lookup;

namespace StreamForge.Server.Http;

/// <summary>
/// One request and its answer, and what is worth keeping from one request of a connection to the next. Requests of a connection come one after another,
/// so an exchange has one user at a time.
/// </summary>
internal sealed class Exchange
{
    /// <summary>A buffer that grew past this is not kept.</summary>
    private const int KeptBytes = 256 << 10;

    private IFeatureCollection _features = null!;
    private IHttpRequestFeature _request = null!;
    private IHttpResponseFeature _response = null!;
    private ArrayBufferWriter<byte> _buffer = new(4096);

    public Exchange() => Json = new Utf8JsonWriter(_buffer, JsonValues.WriterOptions);

    public string Method => _request.Method;

    /// <summary>The path, percent-decoded.</summary>
    public string Path => _request.Path;

    /// <summary>The query as it was sent, with its question mark.</summary>
    public string Query => _request.QueryString;

    public int Status => _response.StatusCode;

    public bool HasStarted => _response.HasStarted;

    public CancellationToken Aborted => _features.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted;

    /// <summary>The parts of the path that stand for the route's open segments.</summary>
    public Range[] RouteValues { get; } = new Range[Router.MaxValues];

    /// <summary>What an open segment of the route stands for.</summary>
    public ReadOnlySpan<char> RouteValue(int index) => Path.AsSpan(RouteValues[index]);

    /// <summary>The request's header, or an empty text.</summary>
    public string Header(string name) => _request.Headers[name].ToString();

    /// <summary>What kind of call this is, for the metrics.</summary>
    public string Route { get; set; } = "";

    /// <summary>Writes into the answer's buffer.</summary>
    public Utf8JsonWriter Json { get; }

    public FeatureRow Row { get; } = new();

    public ViewRequest View { get; } = new();

    public IHeaderDictionary Headers => _response.Headers;

    public PipeReader Body => _features.GetRequiredFeature<IRequestBodyPipeFeature>().Reader;

    public long? ContentLength => _request.Headers.ContentLength;

    public void Begin(IFeatureCollection features)
    {
        _features = features;
        _request = features.GetRequiredFeature<IHttpRequestFeature>();
        _response = features.GetRequiredFeature<IHttpResponseFeature>();
        Route = "other";
        Clear();
    }

    /// <summary>After the answer: a connection that waits for its next request holds little memory.</summary>
    public void End()
    {
        if (_buffer.Capacity <= KeptBytes) return;
        _buffer = new ArrayBufferWriter<byte>(4096);
        Clear();
    }

    /// <summary>Forgets what was written and not sent.</summary>
    public void Clear()
    {
        _buffer.ResetWrittenCount();
        Json.Reset(_buffer);
    }

    /// <summary>Sends what was written as the whole answer.</summary>
    public ValueTask SendJsonAsync(int status = StatusCodes.Status200OK, string contentType = "application/json") => SendAsync(status, contentType, Written());

    /// <summary>Sends what was written as an answer that holds for this moment alone: nobody keeps it.</summary>
    public ValueTask SendFreshJsonAsync(int status = StatusCodes.Status200OK)
    {
        Headers.CacheControl = "no-store";
        return SendJsonAsync(status);
    }

    public ValueTask SendTextAsync(string contentType, string text) => SendBytesAsync(contentType, Encoding.UTF8.GetBytes(text));

    public ValueTask SendBytesAsync(string contentType, ReadOnlyMemory<byte> body) => SendAsync(StatusCodes.Status200OK, contentType, body);

    /// <summary>Sends the headers alone: the client has the rest.</summary>
    public void SendNotModified() => _response.StatusCode = StatusCodes.Status304NotModified;

    /// <summary>Adds text to what is written; bytes that wait to be sent.</summary>
    public int WriteText(string text)
    {
        Json.Flush();
        Encoding.UTF8.GetBytes(text, _buffer);
        return _buffer.WrittenCount;
    }

    /// <summary>Sends what was written so far as a part of an answer of unknown length, and empties the buffer; the client's pace holds the caller back.</summary>
    /// <returns>Whether the client is still there.</returns>
    public async ValueTask<bool> SendPartAsync()
    {
        if (!HasStarted) _response.Headers.ContentType = "application/json";
        var result = await Writer.WriteAsync(Written());
        _buffer.ResetWrittenCount();
        return !result.IsCompleted && !result.IsCanceled;
    }

    /// <summary>Breaks the connection: the only way to tell a client that an answer already begun will not end.</summary>
    public void Abort() => _features.GetRequiredFeature<IHttpRequestLifetimeFeature>().Abort();

    private PipeWriter Writer => _features.GetRequiredFeature<IHttpResponseBodyFeature>().Writer;

    private async ValueTask SendAsync(int status, string contentType, ReadOnlyMemory<byte> body)
    {
        _response.StatusCode = status;
        _response.Headers.ContentType = contentType;
        _response.Headers.ContentLength = body.Length;
        // No cancellation token: asking for the request's makes one, and a write to a connection that is gone ends by itself.
        await Writer.WriteAsync(body);
    }

    private ReadOnlyMemory<byte> Written()
    {
        Json.Flush();
        return _buffer.WrittenMemory;
    }
}
