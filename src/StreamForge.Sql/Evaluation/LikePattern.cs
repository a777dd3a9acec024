using System.Text;

namespace StreamForge.Sql.Evaluation;

/// <summary>
/// A LIKE pattern, ready to match UTF-8: <c>%</c> is any text, <c>_</c> one character (a code point), and the escape character takes the next one as it is.
/// Patterns with wildcards only at their ends are compared as bytes; others are matched segment by segment between the percent signs.
/// </summary>
internal sealed class LikePattern
{
    /// <summary>Text between percent signs; 0xFF, which no UTF-8 text has, stands for an underscore.</summary>
    private readonly byte[][] _segments;
    private readonly bool[] _plain;

    private LikePattern(byte[][] segments)
    {
        _segments = segments;
        _plain = [.. segments.Select(s => !s.Contains((byte)0xFF))];
    }

    /// <param name="pattern">The pattern as UTF-8.</param>
    /// <param name="escape">The escape character, a code point, or -1 for none.</param>
    /// <param name="problem">What is wrong, when the result is null.</param>
    public static LikePattern? Compile(ReadOnlySpan<byte> pattern, int escape, out string problem)
    {
        problem = "";
        var segments = new List<byte[]>();
        var segment = new List<byte>();
        Span<byte> bytes = stackalloc byte[4];
        var escaped = false;
        while (!pattern.IsEmpty)
        {
            Rune.DecodeFromUtf8(pattern, out var rune, out var length);
            var own = pattern[..length];
            pattern = pattern[length..];
            if (escaped)
            {
                if (rune.Value != escape && rune.Value is not ('%' or '_'))
                {
                    problem = "only %, _ and the escape character itself may follow the escape character";
                    return null;
                }
                segment.AddRange(own);
                escaped = false;
            }
            else if (rune.Value == escape) escaped = true;
            else if (rune.Value == '_') segment.Add(0xFF);
            else if (rune.Value == '%')
            {
                segments.Add([.. segment]);
                segment.Clear();
            }
            else segment.AddRange(own);
        }
        if (escaped)
        {
            problem = "the pattern ends with the escape character";
            return null;
        }
        segments.Add([.. segment]);
        return new LikePattern([.. segments]);
    }

    /// <summary>What every text that matches begins with.</summary>
    public ReadOnlySpan<byte> Prefix => _plain[0] ? _segments[0] : _segments[0].AsSpan(0, Array.IndexOf(_segments[0], (byte)0xFF));

    public bool Matches(ReadOnlySpan<byte> text)
    {
        var last = _segments.Length - 1;
        if (last == 0) return _plain[0] ? text.SequenceEqual(_segments[0]) : MatchAt(text, 0, out var whole) && whole == text.Length;
        if (!MatchAt(text, 0, out var prefix)) return false;
        text = text[prefix..];
        for (var i = 1; i < last; i++)
        {
            var end = Find(text, i);
            if (end < 0) return false;
            text = text[end..];
        }
        if (_plain[last]) return text.EndsWith(_segments[last]);
        return MatchEnd(text, last);
    }

    /// <summary>Whether the text begins with the segment, and how many of its bytes that takes.</summary>
    private bool MatchAt(ReadOnlySpan<byte> text, int index, out int length)
    {
        ReadOnlySpan<byte> segment = _segments[index];
        length = segment.Length;
        if (_plain[index]) return text.StartsWith(segment);
        var position = 0;
        foreach (var c in segment)
        {
            if (position >= text.Length) return false;
            if (c == 0xFF) position += CharacterLength(text[position..]);
            else if (text[position++] != c) return false;
        }
        length = position;
        return true;
    }

    /// <summary>The end of the segment's first occurrence, or -1.</summary>
    private int Find(ReadOnlySpan<byte> text, int index)
    {
        if (_plain[index])
        {
            var found = text.IndexOf(_segments[index]);
            return found < 0 ? -1 : found + _segments[index].Length;
        }
        for (var from = 0; from <= text.Length;)
        {
            if (MatchAt(text[from..], index, out var length)) return from + length;
            if (from == text.Length) break;
            from += CharacterLength(text[from..]);
        }
        return -1;
    }

    private bool MatchEnd(ReadOnlySpan<byte> text, int index)
    {
        for (var from = 0; from <= text.Length;)
        {
            if (MatchAt(text[from..], index, out var length) && from + length == text.Length) return true;
            if (from == text.Length) break;
            from += CharacterLength(text[from..]);
        }
        return false;
    }

    private static int CharacterLength(ReadOnlySpan<byte> text) => Functions.Utf8.CharacterLength(text);
}
