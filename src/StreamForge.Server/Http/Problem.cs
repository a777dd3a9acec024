using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using StreamForge.Core;
using StreamForge.Server.Lookup;

namespace StreamForge.Server.Http;

/// <summary>
/// Errors as problem documents (RFC 9457): <c>{type, title, status, detail, kind, retryable, errors: [{file, line, column, detail}]}</c>.
/// <c>type</c> is about:blank, so the title is the status's own; <c>kind</c> is the word to program against.
/// </summary>
internal static class Problem
{
    public const string ContentType = "application/problem+json";

    public static ValueTask SendAsync(Exchange exchange, StreamForgeException error) =>
        SendAsync(exchange, StatusOf(error.Kind), error.Kind, error.Message, error.Retryable, FaultsOf(error));

    public static ValueTask SendAsync(Exchange exchange, int status, ErrorKind kind, string detail, bool retryable = false) =>
        SendAsync(exchange, status, kind, detail, retryable, []);

    private static ValueTask SendAsync(Exchange exchange, int status, ErrorKind kind, string detail, bool retryable, ImmutableArray<Fault> faults)
    {
        exchange.Clear();
        var json = exchange.Json;
        json.WriteStartObject();
        json.WriteString("type", "about:blank");
        json.WriteString("title", ReasonPhrases.GetReasonPhrase(status));
        json.WriteNumber("status", status);
        json.WriteString("detail", detail);
        json.WriteString("kind", kind.Name());
        json.WriteBoolean("retryable", retryable);
        json.WriteStartArray("errors");
        foreach (var fault in faults) Write(json, fault);
        json.WriteEndArray();
        json.WriteEndObject();
        return exchange.SendJsonAsync(status, ContentType);
    }

    private static void Write(Utf8JsonWriter json, Fault fault)
    {
        json.WriteStartObject();
        json.WriteString("file", fault.File);
        json.WriteNumber("line", fault.Line);
        json.WriteNumber("column", fault.Column);
        json.WriteString("detail", fault.Sentence);
        json.WriteEndObject();
    }

    private static ImmutableArray<Fault> FaultsOf(StreamForgeException error) => error switch
    {
        RequestException request => request.Faults,
        InvalidDefinitionException definition => definition.Faults,
        _ => [],
    };

    private static int StatusOf(ErrorKind kind) => kind switch
    {
        ErrorKind.InvalidDefinition or ErrorKind.InvalidArgument or ErrorKind.OutOfRange => StatusCodes.Status400BadRequest,
        ErrorKind.NotFound => StatusCodes.Status404NotFound,
        ErrorKind.PermissionDenied => StatusCodes.Status403Forbidden,
        ErrorKind.Conflict => StatusCodes.Status409Conflict,
        ErrorKind.NotSupported => StatusCodes.Status501NotImplemented,
        ErrorKind.Busy or ErrorKind.Unavailable or ErrorKind.Exhausted => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}
