using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace StreamForge.Sql.Evaluation;

/// <summary>
/// A path into a JSON text: <c>$</c>, then members (<c>.name</c>, <c>."any name"</c>, <c>['any name']</c>) and elements (<c>[0]</c>).
/// Lax: what is not there is empty.
/// </summary>
internal sealed class JsonPath
{
    /// <summary>Deeper documents count as malformed.</summary>
    private const int MaxDepth = 1000;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth };

    private readonly ImmutableArray<Step> _steps;

    private JsonPath(ImmutableArray<Step> steps) => _steps = steps;

    /// <param name="Name">The member's name as UTF-8; null for an element.</param>
    private sealed record Step(byte[]? Name, int Index);

    /// <returns>null, and what is wrong, when the text is no path that is supported.</returns>
    public static JsonPath? Parse(string text, out string problem)
    {
        var rest = text.AsSpan().Trim();
        if (rest.StartsWith("lax ", StringComparison.OrdinalIgnoreCase)) rest = rest[4..].TrimStart();
        else if (rest.StartsWith("strict ", StringComparison.OrdinalIgnoreCase))
        {
            problem = "a strict JSON path is not supported yet";
            return null;
        }
        problem = $"'{text}' is no JSON path; write it like '$.items[0].price'";
        if (!rest.StartsWith("$")) return null;
        rest = rest[1..];
        var steps = ImmutableArray.CreateBuilder<Step>();
        while (!rest.IsEmpty)
        {
            if (rest.StartsWith(".*") || rest.StartsWith("[*]") || rest.StartsWith("..") || rest.StartsWith("[?"))
            {
                problem = "wildcards and filters in a JSON path are not supported yet";
                return null;
            }
            if (Take(ref rest) is not { } step) return null;
            steps.Add(step);
        }
        problem = "";
        return new JsonPath(steps.ToImmutable());
    }

    private static Step? Take(ref ReadOnlySpan<char> rest)
    {
        string name;
        if (rest[0] == '.' && rest.Length > 1)
        {
            rest = rest[1..];
            if (rest[0] is '"' or '\'')
            {
                if (!TakeQuoted(ref rest, out name)) return null;
            }
            else
            {
                var end = rest.IndexOfAny('.', '[');
                name = (end < 0 ? rest : rest[..end]).Trim().ToString();
                rest = end < 0 ? [] : rest[end..];
            }
            return name.Length == 0 ? null : new Step(Encoding.UTF8.GetBytes(name), 0);
        }
        if (rest[0] != '[') return null;
        rest = rest[1..].TrimStart();
        Step? step = null;
        if (rest.Length > 0 && rest[0] is '"' or '\'')
        {
            if (TakeQuoted(ref rest, out name)) step = new Step(Encoding.UTF8.GetBytes(name), 0);
        }
        else
        {
            var end = rest.IndexOf(']');
            if (end < 0 || !int.TryParse(rest[..end], NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var index)) return null;
            step = new Step(null, index);
            rest = rest[end..];
        }
        rest = rest.TrimStart();
        if (rest.IsEmpty || rest[0] != ']') return null;
        rest = rest[1..];
        return step;
    }

    private static bool TakeQuoted(ref ReadOnlySpan<char> rest, out string name)
    {
        var end = rest[1..].IndexOf(rest[0]);
        name = end < 0 ? "" : rest[1..(end + 1)].ToString();
        if (end < 0) return false;
        rest = rest[(end + 2)..];
        return true;
    }

    /// <summary>
    /// Looks the path up. The whole document is read, so that malformed text is noticed wherever it is; of members with the same name the last counts.
    /// </summary>
    /// <param name="value">The value's first token, with its quotes if it is a string.</param>
    /// <returns>What kind of token that is; none when nothing is there.</returns>
    /// <exception cref="JsonException">The text is no JSON.</exception>
    public JsonTokenType Find(ReadOnlySpan<byte> json, out ReadOnlySpan<byte> value)
    {
        var reader = new Utf8JsonReader(json, Options);
        reader.Read();
        var found = Find(ref reader, 0);
        reader.Read();
        value = json[found.Start..found.End];
        return found.Type;
    }

    /// <summary>Looks in the value that the reader stands on, and leaves the reader at its end.</summary>
    private (JsonTokenType Type, int Start, int End) Find(ref Utf8JsonReader reader, int depth)
    {
        var found = (Type: JsonTokenType.None, Start: 0, End: 0);
        if (depth == _steps.Length)
        {
            found = (reader.TokenType, (int)reader.TokenStartIndex, (int)reader.BytesConsumed);
            reader.Skip();
            return found;
        }
        var step = _steps[depth];
        if (reader.TokenType == JsonTokenType.StartObject && step.Name is not null)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var matches = reader.ValueTextEquals(step.Name);
                reader.Read();
                if (matches) found = Find(ref reader, depth + 1);
                else reader.Skip();
            }
        }
        else if (reader.TokenType == JsonTokenType.StartArray && step.Name is null)
        {
            for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
            {
                if (i == step.Index) found = Find(ref reader, depth + 1);
                else reader.Skip();
            }
        }
        else
        {
            reader.Skip();
        }
        return found;
    }
}
