using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace StreamForge.Sql.Evaluation;

/// <summary>
/// A path into a JSON text: <c>$</c>, then members (<c>.name</c>, <c>."any name"</c>, <c>['any name']</c>), elements (<c>[0]</c>) and wildcards for all members
/// or elements (<c>.*</c>, <c>[*]</c>). Lax unless it begins with <c>strict</c>: what is not there is empty; strictly it is an error.
/// </summary>
internal sealed class JsonPath
{
    /// <summary>Deeper documents count as malformed.</summary>
    private const int MaxDepth = 1000;

    /// <summary>How documents are read.</summary>
    public static JsonReaderOptions Options { get; } = new() { MaxDepth = MaxDepth };

    private readonly ImmutableArray<Step> _steps;

    private JsonPath(ImmutableArray<Step> steps, bool isStrict)
    {
        _steps = steps;
        IsStrict = isStrict;
        IsDefinite = !steps.Any(s => s.IsAny);
    }

    /// <summary>What is not there is an error.</summary>
    public bool IsStrict { get; }

    /// <summary>Without wildcards: it means one value or none.</summary>
    public bool IsDefinite { get; }

    /// <param name="Name">The member's name as UTF-8; null for an element, or for all of either.</param>
    /// <param name="Index">The element's number, from 0; -1 for all.</param>
    private sealed record Step(byte[]? Name, int Index)
    {
        public bool IsAny => Name is null && Index == -1;
    }

    /// <returns>null, and what is wrong, when the text is no path that is supported.</returns>
    public static JsonPath? Parse(string text, out string problem)
    {
        var rest = text.AsSpan().Trim();
        var isStrict = rest.StartsWith("strict ", StringComparison.OrdinalIgnoreCase);
        if (isStrict) rest = rest[7..].TrimStart();
        else if (rest.StartsWith("lax ", StringComparison.OrdinalIgnoreCase)) rest = rest[4..].TrimStart();
        problem = $"'{text}' is no JSON path; write it like '$.items[0].price'";
        if (!rest.StartsWith("$")) return null;
        rest = rest[1..];
        var steps = ImmutableArray.CreateBuilder<Step>();
        while (!rest.IsEmpty)
        {
            if (rest.StartsWith("..") || rest.StartsWith("[?"))
            {
                problem = "descents (..) and filters ([?…]) in a JSON path are not supported yet";
                return null;
            }
            if (Take(ref rest) is not { } step) return null;
            steps.Add(step);
        }
        problem = "";
        return new JsonPath(steps.ToImmutable(), isStrict);
    }

    private static Step? Take(ref ReadOnlySpan<char> rest)
    {
        string name;
        var wildcard = rest.StartsWith(".*") ? 2 : rest.StartsWith("[*]") ? 3 : 0;
        if (wildcard > 0)
        {
            rest = rest[wildcard..];
            return new Step(null, -1);
        }
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
            if (end < 0 || !int.TryParse(rest[..end], NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var index) || index < 0) return null;
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
    /// Looks the path up and adds what is there, in the document's order. The whole document is read, so that malformed text is noticed wherever it is;
    /// of members with the same name the last counts.
    /// </summary>
    /// <exception cref="JsonException">The text is no JSON.</exception>
    public void Find(ReadOnlySpan<byte> json, List<JsonMatch> matches)
    {
        var reader = new Utf8JsonReader(json, Options);
        reader.Read();
        Find(ref reader, 0, matches);
        reader.Read();
    }

    /// <summary>Looks in the value that the reader stands on, and leaves the reader at its end.</summary>
    private void Find(ref Utf8JsonReader reader, int depth, List<JsonMatch> matches)
    {
        if (depth == _steps.Length)
        {
            var type = reader.TokenType;
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            matches.Add(new JsonMatch(type, start, (int)reader.BytesConsumed));
            return;
        }
        var step = _steps[depth];
        var before = matches.Count;
        if (reader.TokenType == JsonTokenType.StartObject && (step.Name is not null || step.IsAny))
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var found = step.IsAny || reader.ValueTextEquals(step.Name);
                reader.Read();
                if (found && !step.IsAny) matches.RemoveRange(before, matches.Count - before);
                if (found) Find(ref reader, depth + 1, matches);
                else reader.Skip();
            }
        }
        else if (reader.TokenType == JsonTokenType.StartArray && step.Name is null)
        {
            for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
            {
                if (step.IsAny || i == step.Index) Find(ref reader, depth + 1, matches);
                else reader.Skip();
            }
        }
        else
        {
            reader.Skip();
        }
    }
}

/// <summary>A value in a JSON text.</summary>
/// <param name="Type">Of its first token.</param>
/// <param name="Start">Its first byte; that of the quote if it is a string.</param>
/// <param name="End">Behind its last byte.</param>
internal readonly record struct JsonMatch(JsonTokenType Type, int Start, int End)
{
    public bool IsScalar => Type is not (JsonTokenType.StartObject or JsonTokenType.StartArray);
}
