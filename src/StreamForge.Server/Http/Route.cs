using System.Collections.Immutable;
using StreamForge.Server.OpenApi;

namespace StreamForge.Server.Http;

/// <summary>
/// One line of the route table. The table answers requests and is what <c>/openapi.json</c> is written from, so the description cannot differ from what is served.
/// </summary>
/// <param name="Methods">As an <c>Allow</c> header has them.</param>
/// <param name="Template">A path whose segments are words, or <c>{name}</c> for any text without a slash, with a word before or after it: <c>/v1/pipelines/{name}:start</c>.</param>
/// <param name="Metric">The kind of call in the metrics: paths that nobody expected must not make samples without end.</param>
/// <param name="Description">What a caller needs to know; null for a call that this host does not offer, or that is not built yet.</param>
/// <param name="Answer">Answers; null for a call that is not built yet.</param>
internal sealed record Route(string Methods, string Template, string Metric, Operation? Description, Func<Exchange, ValueTask>? Answer)
{
    public const string Read = "GET, HEAD";
    public const string Post = "POST";
    public const string Put = "PUT";
    public const string Any = "";

    private readonly ImmutableArray<(string Before, bool IsOpen, string After)> _segments = [.. Template.Split('/').Skip(1).Select(Segment)];

    public bool IsBuilt => Answer is not null;

    public bool Allows(string method) => Methods switch
    {
        Any => true,
        Read => method is "GET" or "HEAD",
        _ => method == Methods,
    };

    /// <summary>Whether a path is this route's; its open segments go to <paramref name="values"/>.</summary>
    /// <param name="path">Percent-decoded, beginning with a slash.</param>
    public bool Matches(string path, Span<Range> values)
    {
        var rest = 1;
        var open = 0;
        for (var i = 0; i < _segments.Length; i++)
        {
            if (rest > path.Length) return false;
            var slash = path.IndexOf('/', rest);
            var end = slash < 0 ? path.Length : slash;
            if ((slash < 0) != (i == _segments.Length - 1)) return false;
            var (before, isOpen, after) = _segments[i];
            var segment = path.AsSpan(rest, end - rest);
            if (!isOpen)
            {
                if (!segment.SequenceEqual(before)) return false;
            }
            else
            {
                if (segment.Length <= before.Length + after.Length || !segment.StartsWith(before, StringComparison.Ordinal) || !segment.EndsWith(after, StringComparison.Ordinal)) return false;
                values[open++] = (rest + before.Length)..(end - after.Length);
            }
            rest = end + 1;
        }
        return true;
    }

    private static (string Before, bool IsOpen, string After) Segment(string text)
    {
        var open = text.IndexOf('{');
        return open < 0 ? (text, false, "") : (text[..open], true, text[(text.IndexOf('}') + 1)..]);
    }
}
