using System.Collections.Immutable;
using System.Text;

namespace StreamForge.Pipeline.Definitions.Yaml;

/// <summary>
/// <c>${NAME}</c> is the variable's value, <c>${NAME:-default}</c> the default where it is missing or empty, as in a shell;
/// <c>$${</c> stands for <c>${</c> itself. What a variable holds is taken as it is, never looked at for variables.
/// </summary>
internal sealed class Variables(Func<string, string?> lookup)
{
    private readonly List<string> _used = [];

    /// <summary>The names that the file mentions, in order, each once.</summary>
    public ImmutableArray<string> Used => [.. _used];

    /// <summary>Fills in <paramref name="value"/>.</summary>
    /// <param name="origins">For each character its offset in the file (<see cref="ScalarOrigins"/>); replaced by those of the result.</param>
    /// <param name="fault">Called with the index in <paramref name="value"/> and the sentence of each variable that cannot be filled in.</param>
    public string Fill(string value, ref int[] origins, Action<int, string> fault)
    {
        var at = value.IndexOf("${", StringComparison.Ordinal);
        if (at < 0) return value;
        var text = new StringBuilder();
        var places = new List<int>();
        var done = 0;
        for (; at >= 0; at = value.IndexOf("${", done, StringComparison.Ordinal))
        {
            var escaped = at > done && value[at - 1] == '$';
            Keep(value, origins, done, escaped ? at - 1 : at, text, places);
            if (escaped)
            {
                Keep(value, origins, at, at + 2, text, places);
                done = at + 2;
                continue;
            }
            var close = value.IndexOf('}', at);
            var replacement = Resolve(close < 0 ? null : value[(at + 2)..close], sentence => fault(at, sentence));
            text.Append(replacement);
            for (var i = 0; i < replacement.Length; i++) places.Add(i == 0 ? origins[at] : -1);
            done = close < 0 ? value.Length : close + 1;
        }
        Keep(value, origins, done, value.Length, text, places);
        origins = [.. places];
        return text.ToString();
    }

    private static void Keep(string value, int[] origins, int from, int to, StringBuilder text, List<int> places)
    {
        text.Append(value, from, to - from);
        for (var i = from; i < to; i++) places.Add(origins[i]);
    }

    private string Resolve(string? reference, Action<string> fault)
    {
        var split = reference?.IndexOf(":-", StringComparison.Ordinal) ?? -1;
        var name = split < 0 ? reference : reference![..split];
        if (name is null || !IsName(name))
        {
            fault("'${' begins a variable: write ${NAME} or ${NAME:-default}, or $${ for the characters themselves");
            return "";
        }
        if (!_used.Contains(name)) _used.Add(name);
        var value = lookup(name);
        if (split >= 0) return string.IsNullOrEmpty(value) ? reference![(split + 2)..] : value;
        if (value is null) fault($"the variable {name} is not set; set it in the environment, or give a default: ${{{name}:-default}}");
        return value ?? "";
    }

    private static bool IsName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
