using StreamForge.Core;
using YamlDotNet.Core;

namespace StreamForge.Pipeline.Definitions.Yaml;

/// <summary>What the YAML parser could not read, as one sentence with its place and the usual remedy.</summary>
internal static class YamlSyntax
{
    public static Fault Explain(YamlException error, string text, LineIndex lines)
    {
        var start = (int)Math.Clamp(error.Start.Index, 0, text.Length);
        var message = error.Message.TrimEnd('.', ' ').Replace("  ", " ", StringComparison.Ordinal);
        if (message.Contains("tab", StringComparison.Ordinal) && FindTab(text, start) is { } tab)
            return lines.At(tab).Fault("a tab cannot indent YAML; use spaces");
        if (message.Length > 0) message = char.ToLowerInvariant(message[0]) + message[1..];
        return lines.At(start).Fault($"this is not valid YAML: {message}{Remedy(message, LineAround(text, start))}");
    }

    private static string Remedy(string message, ReadOnlySpan<char> line)
    {
        if (message.Contains("found invalid mapping", StringComparison.Ordinal))
            return "; a text that holds ': ' needs quotes, and the fields of one mapping the same indentation";
        if (message.Contains("cannot start any token", StringComparison.Ordinal)) return "; put the value in quotes";
        if (message.Contains("flow", StringComparison.Ordinal) && line.Contains("${", StringComparison.Ordinal))
            return "; within braces or brackets, ${…} needs quotes";
        if (message.Contains("expected key", StringComparison.Ordinal) || message.Contains("'-' indicator", StringComparison.Ordinal))
            return "; check the indentation of this line against those above";
        return "";
    }

    private static ReadOnlySpan<char> LineAround(string text, int at)
    {
        var start = text.AsSpan(0, at).LastIndexOfAny('\r', '\n') + 1;
        var length = text.AsSpan(start).IndexOfAny('\r', '\n');
        return length < 0 ? text.AsSpan(start) : text.AsSpan(start, length);
    }

    /// <summary>The first tab in a line's indentation, in the line of <paramref name="start"/> or below.</summary>
    private static int? FindTab(string text, int start)
    {
        var i = start == 0 ? 0 : text.LastIndexOf('\n', start - 1) + 1;
        while (i < text.Length)
        {
            while (i < text.Length && text[i] == ' ') i++;
            if (i < text.Length && text[i] == '\t') return i;
            var end = text.IndexOf('\n', i);
            if (end < 0) return null;
            i = end + 1;
        }
        return null;
    }
}
