using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using StreamForge.Core;

namespace StreamForge.Server.Lookup;

/// <summary>
/// The body of <c>POST /v1/features:get</c>, read without its entities: those are walked over again once it is known which columns they must have.
/// <code>{"service": "churn_v1" or "features": ["view:feature", "view:*"], "entities": [{"customer_id": 161}], "at": "2011-12-09T12:50:00Z"}</code>
/// </summary>
internal sealed class FeatureRequest
{
    /// <summary>What faults name as their file.</summary>
    public const string BodyName = "request body";

    private static readonly string[] Properties = ["service", "features", "entities", "at"];

    private FeatureRequest(ReadOnlyMemory<byte> body) => Body = body;

    public ReadOnlyMemory<byte> Body { get; }

    public string? Service { get; private set; }

    public List<string>? Features { get; private set; }

    public long? At { get; private set; }

    /// <summary>Where in <see cref="Body"/> the array of entities begins; -1 without one.</summary>
    public int EntitiesStart { get; private set; } = -1;

    /// <exception cref="RequestException">The body is no JSON or not of this form, with line and column.</exception>
    public static FeatureRequest Parse(ReadOnlyMemory<byte> body)
    {
        var request = new FeatureRequest(body);
        if (!Utf8.IsValid(body.Span)) throw request.Fault(FirstInvalid(body.Span), "the body is not UTF-8");
        try
        {
            request.Read();
        }
        catch (JsonException e)
        {
            var line = (int)(e.LineNumber ?? 0);
            var column = (int)(e.BytePositionInLine ?? 0);
            throw new RequestException(new Fault(BodyName, line + 1, column + 1, $"the body is no JSON: {FirstSentence(e.Message)}"));
        }
        if ((request.Service is null) == (request.Features is null))
            throw new StreamForgeException(ErrorKind.InvalidArgument, "the request needs either 'service' or 'features'");
        if (request.EntitiesStart < 0) throw new StreamForgeException(ErrorKind.InvalidArgument, "the request lacks 'entities', an array of objects with the key columns");
        return request;
    }

    /// <summary>An error at a byte of the body.</summary>
    public RequestException Fault(int offset, string sentence)
    {
        var before = Body.Span[..offset];
        var line = before.Count((byte)'\n') + 1;
        var column = Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1;
        return new RequestException(new Fault(BodyName, line, column, sentence));
    }

    private void Read()
    {
        var body = Body.Span;
        var json = new Utf8JsonReader(body);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject) throw Misfit(json, "the body must be an object with 'service' or 'features', and 'entities'");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = Text(json);
            if (!seen.Add(name)) throw Misfit(json, $"'{name}' is given twice");
            if (!Properties.Contains(name)) throw Misfit(json, $"unknown field '{name}'{NearestNames.Hint(name, Properties)}");
            json.Read();
            switch (name)
            {
                case "service": Service = Text(json, "'service' must be a service's name"); break;
                case "features": Features = ReadFeatures(ref json); break;
                case "at" when json.TokenType == JsonTokenType.Null: break;
                case "at": At = ReadAt(json); break;
                default:
                    if (json.TokenType != JsonTokenType.StartArray) throw Misfit(json, "'entities' must be an array of objects with the key columns");
                    EntitiesStart = (int)json.TokenStartIndex;
                    json.Skip();
                    break;
            }
        }
        // Anything but blanks after the object is an error that the reader finds.
        json.Read();
    }

    private List<string> ReadFeatures(ref Utf8JsonReader json)
    {
        const string form = "'features' must be an array of references such as view:feature or view:*";
        if (json.TokenType != JsonTokenType.StartArray) throw Misfit(json, form);
        var features = new List<string>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray) features.Add(Text(json, form));
        return features;
    }

    private long ReadAt(in Utf8JsonReader json)
    {
        var text = Text(json, "'at' must be an RFC 3339 timestamp such as \"2011-12-09T12:50:00Z\"");
        try
        {
            return LookupOptions.ParseAt(text);
        }
        catch (StreamForgeException e)
        {
            throw Misfit(json, e.Message);
        }
    }

    private string Text(in Utf8JsonReader json, string sentence)
    {
        if (json.TokenType != JsonTokenType.String) throw Misfit(json, sentence);
        return Text(json);
    }

    /// <summary>A string's or property's text.</summary>
    /// <param name="start">Where in the body the reader began.</param>
    /// <exception cref="RequestException">An escape makes half a surrogate pair.</exception>
    public string Text(in Utf8JsonReader json, int start = 0)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Fault(start + (int)json.TokenStartIndex, "the string has an escape that is half a surrogate pair");
        }
    }

    private RequestException Misfit(in Utf8JsonReader json, string sentence) => Fault((int)json.TokenStartIndex, sentence);

    private static string FirstSentence(string message)
    {
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).TrimEnd('.');
    }

    private static int FirstInvalid(ReadOnlySpan<byte> body)
    {
        var position = 0;
        while (Rune.DecodeFromUtf8(body[position..], out _, out var length) == System.Buffers.OperationStatus.Done) position += length;
        return position;
    }
}
