using System.Buffers;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Sql.Parsing;

namespace StreamForge.Sql.Evaluation;

/// <summary>
/// JSON_VALUE: the scalar at a path, straight from the UTF-8 bytes. Nothing there, a JSON null, an object or an array is EMPTY, as in Flink;
/// malformed JSON, and a scalar that is none of the returned type, is ERROR. Along a strict path so is whatever is no scalar.
/// </summary>
internal sealed class JsonValueExpression(
    Expression document, JsonPath path, DataType type,
    JsonBehaviour onEmpty, Expression? emptyDefault, JsonBehaviour onError, Expression? errorDefault, string source) : Expression(type)
{
    private enum Outcome : byte
    {
        Value,
        Empty,
        Error,
        Null,
    }

    public override Column Evaluate(Frame frame, Selection rows)
    {
        var documents = (BytesColumn)document.Evaluate(frame, rows);
        var result = Column.Create(Type, frame.Count);
        var rented = ArrayPool<Outcome>.Shared.Rent(Math.Max(frame.Count, 1));
        var outcomes = rented.AsSpan(0, frame.Count);
        var matches = new List<JsonMatch>(1);
        bool anyEmpty = false, anyError = false;
        for (var i = 0; i < frame.Count; i++)
        {
            outcomes[i] = documents.IsNull(i) || !rows.Contains(i) ? Outcome.Null : Read(documents[i], matches, result);
            if (outcomes[i] == Outcome.Value) continue;
            result.AppendNull();
            if (outcomes[i] == Outcome.Null) continue;
            var empty = outcomes[i] == Outcome.Empty;
            anyEmpty |= empty;
            anyError |= !empty;
            if ((empty ? onEmpty : onError) == JsonBehaviour.Error)
                frame.Fail(i, empty ? $"no value at the path in {source}" : $"malformed JSON, or no {Type} at the path, in {source}");
        }
        documents.Release();
        if (anyEmpty && onEmpty == JsonBehaviour.Default) result = Fill(frame, rows, result, outcomes, Outcome.Empty, emptyDefault!);
        if (anyError && onError == JsonBehaviour.Default) result = Fill(frame, rows, result, outcomes, Outcome.Error, errorDefault!);
        ArrayPool<Outcome>.Shared.Return(rented);
        return result;
    }

    private Outcome Read(ReadOnlySpan<byte> json, List<JsonMatch> matches, Column result)
    {
        try
        {
            matches.Clear();
            path.Find(json, matches);
            if (matches.Count == 0) return path.IsStrict ? Outcome.Error : Outcome.Empty;
            var match = matches[0];
            var value = json[match.Start..match.End];
            if (!match.IsScalar) return path.IsStrict ? Outcome.Error : Outcome.Empty;
            return match.Type switch
            {
                JsonTokenType.Null => Outcome.Empty,
                JsonTokenType.String => ReadString(value, result),
                JsonTokenType.Number when result is BooleanColumn => Outcome.Error,
                _ => TextConversion.TryAppend(result, value) ? Outcome.Value : Outcome.Error,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: escapes that are no Unicode text, such as half a surrogate pair.
            return Outcome.Error;
        }
    }

    private static Outcome ReadString(ReadOnlySpan<byte> quoted, Column result)
    {
        var content = quoted[1..^1];
        if (!content.Contains((byte)'\\')) return TextConversion.TryAppend(result, content) ? Outcome.Value : Outcome.Error;
        var reader = new Utf8JsonReader(quoted);
        reader.Read();
        if (result is BytesColumn text)
        {
            text.CommitAppend(reader.CopyString(text.BeginAppend(content.Length)));
            return Outcome.Value;
        }
        var unescaped = new byte[content.Length];
        return TextConversion.TryAppend(result, unescaped.AsSpan(0, reader.CopyString(unescaped))) ? Outcome.Value : Outcome.Error;
    }

    private Column Fill(Frame frame, Selection rows, Column values, ReadOnlySpan<Outcome> outcomes, Outcome where, Expression standIn)
    {
        var narrowed = rows.Copy();
        for (var i = 0; i < outcomes.Length; i++)
        {
            if (outcomes[i] != where) narrowed.Mask[i] = 0;
        }
        var defaults = standIn.Evaluate(frame, narrowed);
        narrowed.Return();
        var result = Column.Create(Type, frame.Count);
        for (var i = 0; i < outcomes.Length; i++) result.AppendFrom(outcomes[i] == where ? defaults : values, i);
        defaults.Release();
        values.Release();
        return result;
    }
}
