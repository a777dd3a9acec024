using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Sql.Evaluation;

/// <summary>
/// JSON_EXISTS: whether a path meets something. As in Flink a JSON null is nothing; a text that is no JSON is ERROR, and along a strict path so is nothing there.
/// </summary>
/// <param name="onError">The answer for ERROR: true, false, or null for UNKNOWN.</param>
/// <param name="fails">ERROR fails the row instead.</param>
internal sealed class JsonExistsExpression(Expression document, JsonPath path, bool? onError, bool fails, string source) : Expression(DataType.Boolean)
{
    public override Column Evaluate(Frame frame, Selection rows)
    {
        var documents = (BytesColumn)document.Evaluate(frame, rows);
        var result = new BooleanColumn(frame.Count);
        var matches = new List<JsonMatch>();
        for (var i = 0; i < frame.Count; i++)
        {
            if (documents.IsNull(i) || !rows.Contains(i))
            {
                result.AppendNull();
                continue;
            }
            var answer = Exists(documents[i], matches, out var failed);
            if (failed && fails) frame.Fail(i, $"malformed JSON, or nothing at the path, in {source}");
            if (failed) answer = onError;
            if (answer is { } known) result.Append(known ? (byte)1 : (byte)0);
            else result.AppendNull();
        }
        documents.Release();
        return result;
    }

    private bool? Exists(ReadOnlySpan<byte> json, List<JsonMatch> matches, out bool failed)
    {
        try
        {
            matches.Clear();
            path.Find(json, matches);
            failed = path.IsStrict && matches.Count == 0;
            return matches.Count > 0 && (!path.IsDefinite || matches[0].Type != JsonTokenType.Null);
        }
        catch (JsonException)
        {
            failed = true;
            return null;
        }
    }
}
