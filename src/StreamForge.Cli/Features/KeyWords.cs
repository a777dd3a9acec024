using StreamForge.Core;

namespace StreamForge.Cli.Features;

/// <summary>A key as a command line gives it: <c>column=value</c>, one word a column.</summary>
internal static class KeyWords
{
    /// <exception cref="StreamForgeException">InvalidArgument.</exception>
    public static Dictionary<string, string> Parse(string[] words)
    {
        var key = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var word in words)
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) throw new StreamForgeException(ErrorKind.InvalidArgument, $"'{word}' is no part of a key; write column=value");
            if (!key.TryAdd(word[..equals], word[(equals + 1)..])) throw new StreamForgeException(ErrorKind.InvalidArgument, $"the key's {word[..equals]} is given twice");
        }
        return key;
    }

    /// <summary>The query of a URL that names the key and perhaps a moment.</summary>
    public static string Query(Dictionary<string, string> key, long? at)
    {
        var query = key.Select(k => (k.Key, k.Value));
        if (at is { } moment) query = query.Append(("at", EventTime.Format(moment)));
        return string.Join('&', query.Select(q => $"{Uri.EscapeDataString(q.Item1)}={Uri.EscapeDataString(q.Item2)}"));
    }
}
