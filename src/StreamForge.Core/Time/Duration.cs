using System.Globalization;

namespace StreamForge.Core;

/// <summary>Lengths of time as pipeline files write them: an integer and one of us, ms, s, m, h, d. Kept as microseconds.</summary>
public static class Duration
{
    private static readonly (string Unit, long Micros)[] Units =
        [("d", EventTime.Day), ("h", EventTime.Hour), ("m", EventTime.Minute), ("s", EventTime.Second), ("ms", 1000), ("us", 1)];

    /// <summary>Reads <c>90s</c>, <c>30m</c>, <c>1h</c>; false when the text is no duration or does not fit 64 bits of microseconds.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long micros)
    {
        micros = 0;
        text = text.Trim();
        var digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits])) digits++;
        if (digits == 0 || !long.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        var unit = text[digits..];
        foreach (var (name, size) in Units)
        {
            if (!unit.SequenceEqual(name)) continue;
            if (number > long.MaxValue / size) return false;
            micros = number * size;
            return true;
        }
        return false;
    }

    /// <summary>The shortest exact form in the largest unit that divides it: 3,600,000,000 is <c>1h</c>, 90 s is <c>90s</c>; 0 is <c>0s</c>.</summary>
    public static string Format(long micros)
    {
        if (micros == 0) return "0s";
        foreach (var (unit, size) in Units)
        {
            if (micros % size == 0) return (micros / size).ToString(CultureInfo.InvariantCulture) + unit;
        }
        return micros.ToString(CultureInfo.InvariantCulture) + "us";
    }
}
