using System.Text.Json;
using StreamForge.Core;
using StreamForge.Sql.Parsing;

namespace StreamForge.Sql.Evaluation;

/// <summary>
/// JSON_QUERY: the object or array at a path, as JSON text without blanks, straight from the UTF-8 bytes; numbers and strings stay as they were written. A path with wildcards gives
/// the array of what it meets. As in Flink, nothing there, a JSON null, and a scalar that is not wrapped are EMPTY; malformed JSON is ERROR, and along a strict path so are
/// a scalar that is not wrapped and nothing there.
/// </summary>
internal sealed class JsonQueryExpression(Expression document, JsonPath path, JsonWrapper wrapper, JsonStandIn onEmpty, JsonStandIn onError, string source)
    : Expression(DataType.String)
{
    private enum Outcome : byte
    {
        Value,
        Empty,
        Error,
    }

    public override Column Evaluate(Frame frame, Selection rows)
    {
        var documents = (BytesColumn)document.Evaluate(frame, rows);
        var result = new BytesColumn(Type, frame.Count);
        var matches = new List<JsonMatch>();
        for (var i = 0; i < frame.Count; i++)
        {
            if (documents.IsNull(i) || !rows.Contains(i))
            {
                result.AppendNull();
                continue;
            }
            var outcome = Read(documents[i], matches, result);
            if (outcome == Outcome.Value) continue;
            var empty = outcome == Outcome.Empty;
            switch (empty ? onEmpty : onError)
            {
                case JsonStandIn.EmptyArray: result.Append("[]"u8); break;
                case JsonStandIn.EmptyObject: result.Append("{}"u8); break;
                case JsonStandIn.Null: result.AppendNull(); break;
                default:
                    result.AppendNull();
                    frame.Fail(i, empty ? $"no object or array at the path in {source}" : $"malformed JSON, or no object or array at the path, in {source}");
                    break;
            }
        }
        documents.Release();
        return result;
    }

    private Outcome Read(ReadOnlySpan<byte> json, List<JsonMatch> matches, BytesColumn result)
    {
        try
        {
            matches.Clear();
            path.Find(json, matches);
        }
        catch (JsonException)
        {
            return Outcome.Error;
        }
        if (path.IsDefinite && matches.Count == 0) return path.IsStrict ? Outcome.Error : Outcome.Empty;
        if (path.IsDefinite && matches[0].Type == JsonTokenType.Null) return Outcome.Empty;
        // What a path with wildcards meets is an array already.
        var isArray = !path.IsDefinite || matches[0].Type == JsonTokenType.StartArray;
        var isWrapped = wrapper == JsonWrapper.Unconditional || (wrapper == JsonWrapper.Conditional && !isArray);
        if (!isWrapped && path.IsDefinite && matches[0].IsScalar) return path.IsStrict ? Outcome.Error : Outcome.Empty;
        Write(json, matches, (isWrapped ? 1 : 0) + (path.IsDefinite ? 0 : 1), result);
        return Outcome.Value;
    }

    /// <param name="brackets">Arrays around the values, one inside the other.</param>
    private static void Write(ReadOnlySpan<byte> json, List<JsonMatch> matches, int brackets, BytesColumn result)
    {
        var most = 2 * brackets;
        foreach (var match in matches) most += match.End - match.Start + 1;
        var target = result.BeginAppend(most);
        target[..brackets].Fill((byte)'[');
        var written = brackets;
        for (var i = 0; i < matches.Count; i++)
        {
            if (i > 0) target[written++] = (byte)',';
            written += Compact(json[matches[i].Start..matches[i].End], target[written..]);
        }
        target.Slice(written, brackets).Fill((byte)']');
        result.CommitAppend(written + brackets);
    }

    /// <summary>Copies a JSON value without the blanks between its tokens; returns how many bytes were written.</summary>
    private static int Compact(ReadOnlySpan<byte> value, Span<byte> target)
    {
        var reader = new Utf8JsonReader(value, JsonPath.Options);
        var written = 0;
        var follows = false;
        while (reader.Read())
        {
            var type = reader.TokenType;
            var isEnd = type is JsonTokenType.EndObject or JsonTokenType.EndArray;
            if (follows && !isEnd) target[written++] = (byte)',';
            var isText = type is JsonTokenType.String or JsonTokenType.PropertyName;
            if (isText) target[written++] = (byte)'"';
            reader.ValueSpan.CopyTo(target[written..]);
            written += reader.ValueSpan.Length;
            if (isText) target[written++] = (byte)'"';
            if (type == JsonTokenType.PropertyName) target[written++] = (byte)':';
            follows = type is not (JsonTokenType.PropertyName or JsonTokenType.StartObject or JsonTokenType.StartArray);
        }
        return written;
    }
}
