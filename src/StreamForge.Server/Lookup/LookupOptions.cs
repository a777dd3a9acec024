using System.Text;
using StreamForge.Core;

namespace StreamForge.Server.Lookup;

/// <summary>The options of a lookup, as a URL, a body or a command line give them.</summary>
public static class LookupOptions
{
    /// <summary>Reads the moment of <c>at</c>.</summary>
    /// <exception cref="StreamForgeException">The text is no timestamp.</exception>
    public static long ParseAt(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        // A URL's + is a space: 2020-01-01T00:00:00+01:00 written without escaping arrives as "…00 01:00".
        var written = text.Contains('T', StringComparison.Ordinal) ? text.Replace(' ', '+') : text;
        if (Iso8601.TryParse(Encoding.UTF8.GetBytes(written), out var micros, out _)) return micros;
        throw new StreamForgeException(ErrorKind.InvalidArgument, $"at={text} is no timestamp; write RFC 3339 such as 2011-12-09T12:50:00Z");
    }

    /// <summary>Reads <c>numbers</c>: <c>string</c> or <c>number</c>.</summary>
    /// <exception cref="StreamForgeException">It is neither.</exception>
    public static NumberStyle ParseNumbers(string text) => text switch
    {
        "string" => NumberStyle.String,
        "number" => NumberStyle.Number,
        _ => throw new StreamForgeException(ErrorKind.InvalidArgument, $"numbers={text} is unknown; write string or number"),
    };
}
