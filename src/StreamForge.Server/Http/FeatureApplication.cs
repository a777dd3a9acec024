using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using StreamForge.Core;
using StreamForge.Server.Metrics;

namespace StreamForge.Server.Http;

/// <summary>What Kestrel calls for each request. Turns every failure into a problem document and counts every answer.</summary>
internal sealed partial class FeatureApplication(Router router, ServerMetrics metrics, ILogger logger) : IHttpApplication<Exchange>
{
    public Exchange CreateContext(IFeatureCollection contextFeatures)
    {
        var exchange = contextFeatures is IHostContextContainer<Exchange> connection ? connection.HostContext ??= new Exchange() : new Exchange();
        exchange.Begin(contextFeatures);
        return exchange;
    }

    public async Task ProcessRequestAsync(Exchange context)
    {
        var trace = RequestTrace.Begin(context);
        var status = await AnswerAsync(context);
        metrics.Answered(context.Route, status);
        if (trace is not null) RequestTrace.End(trace, context.Route, status);
    }

    private async ValueTask<int> AnswerAsync(Exchange context)
    {
        try
        {
            await router.AnswerAsync(context);
        }
        catch (Exception e)
        {
            if (context.Aborted.IsCancellationRequested) return StatusCodes.Status499ClientClosedRequest;
            await FailAsync(context, e);
        }
        return context.Status;
    }

    public void DisposeContext(Exchange context, Exception? exception) => context.End();

    private ValueTask FailAsync(Exchange exchange, Exception error)
    {
        if (exchange.HasStarted)
        {
            LogDefect(error, exchange.Method, exchange.Path);
            exchange.Abort();
            return default;
        }
        switch (error)
        {
            case StreamForgeException expected:
                return Problem.SendAsync(exchange, expected);
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return Problem.SendAsync(
                    exchange, StatusCodes.Status413PayloadTooLarge, ErrorKind.InvalidArgument, $"the request body is larger than {Listener.MaxBodyBytes >> 20} MiB; send several requests");
            case BadHttpRequestException bad:
                return Problem.SendAsync(exchange, bad.StatusCode, ErrorKind.InvalidArgument, bad.Message);
            default:
                LogDefect(error, exchange.Method, exchange.Path);
                return Problem.SendAsync(exchange, StatusCodes.Status500InternalServerError, ErrorKind.Internal, "the server failed; its log says why");
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private partial void LogDefect(Exception error, string method, string path);
}
