using System.Globalization;
using YamlDotNet.Core;

namespace StreamForge.Pipeline.Definitions.Yaml;

/// <summary>
/// Where each character of a scalar's value stands in the file. Indentation, folding, chomping and line continuation change only blanks,
/// so the n-th character of the value that is not blank comes from the n-th one of the source that is not blank, once the marks around
/// the value are skipped and escapes are counted as one. That holds for all five scalar styles (YAML 1.2.2, chapters 7.3 and 8.1).
/// </summary>
internal static class ScalarOrigins
{
    /// <summary>Letters that make a blank after a backslash: tab, line feed, …, next line, line separator, no-break space, paragraph separator.</summary>
    private const string BlankEscapes = "tnvfrNL_P";

    /// <summary>The file's offset of each character of <paramref name="value"/>; -1 for blanks, whose place follows from their neighbours'.</summary>
    public static int[] Find(string file, int start, int end, string value, ScalarStyle style)
    {
        var origins = new int[value.Length];
        Array.Fill(origins, -1);
        var at = 0;
        var i = SkipMarks(file, start, end, style);
        while (i < end && at < value.Length)
        {
            var (length, produced) = Token(file, i, end, style);
            if (produced > 0 && !char.IsWhiteSpace(file[i]))
            {
                while (at < value.Length && char.IsWhiteSpace(value[at])) at++;
                for (var n = 0; n < produced && at < value.Length; n++) origins[at++] = i;
            }
            i += length;
        }
        return origins;
    }

    /// <summary>Past tag and anchor, the opening quote, or the block's header line.</summary>
    private static int SkipMarks(string file, int i, int end, ScalarStyle style)
    {
        while (i < end && file[i] is '!' or '&')
        {
            while (i < end && !char.IsWhiteSpace(file[i])) i++;
            while (i < end && char.IsWhiteSpace(file[i])) i++;
        }
        if (style is ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted) return i + 1;
        if (style is not (ScalarStyle.Literal or ScalarStyle.Folded)) return i;
        while (i < end && file[i] is not ('\r' or '\n')) i++;
        return i;
    }

    /// <summary>How many characters of the source make how many of the value; none for an escape that makes a blank.</summary>
    private static (int Length, int Produced) Token(string file, int i, int end, ScalarStyle style)
    {
        if (style == ScalarStyle.SingleQuoted && file[i] == '\'') return (2, 1);
        if (style != ScalarStyle.DoubleQuoted || file[i] != '\\' || i + 1 >= end) return (1, 1);
        var digits = file[i + 1] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits == 0) return (2, char.IsWhiteSpace(file[i + 1]) || BlankEscapes.Contains(file[i + 1], StringComparison.Ordinal) ? 0 : 1);
        if (i + 2 + digits > end || !int.TryParse(file.AsSpan(i + 2, digits), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var code)) return (2, 1);
        return (2 + digits, code > 0xFFFF ? 2 : char.IsWhiteSpace((char)code) ? 0 : 1);
    }
}
