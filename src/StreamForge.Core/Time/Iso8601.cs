namespace StreamForge.Core;

/// <summary>
/// ISO 8601 dates and date-times in text, the forms that data has: <c>2010-12-01</c>, <c>2010-12-01T08:26</c>, <c>2010-12-01 08:26:00.123456</c>,
/// each date-time optionally with <c>Z</c>, <c>+01:00</c>, <c>+0100</c> or <c>+01</c>. Digits past microseconds are cut. Years 0001 to 9999; offsets up to 18 hours; a leap second counts as the next second.
/// </summary>
public static class Iso8601
{
    /// <summary>Reads UTF-8 text.</summary>
    /// <param name="text">The text, without surrounding blanks.</param>
    /// <param name="micros">Microseconds since 1970: UTC when there was an offset, else of the local date-time as written.</param>
    /// <param name="hasOffset">Whether the text named its offset.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, out long micros, out bool hasOffset)
    {
        micros = 0;
        hasOffset = false;
        if (!TryParseDate(text, out var days)) return false;
        micros = days * EventTime.Day;
        text = text[10..];
        if (text.IsEmpty) return true;
        if (text[0] is not ((byte)'T' or (byte)' ' or (byte)'t')) return false;
        text = text[1..];
        if (text.Length < 5 || !TwoDigits(text, out var hour) || text[2] != ':' || !TwoDigits(text[3..], out var minute)) return false;
        var second = 0;
        text = text[5..];
        long fraction = 0;
        if (text.Length >= 3 && text[0] == ':')
        {
            if (!TwoDigits(text[1..], out second)) return false;
            text = text[3..];
            if (text.Length > 0 && text[0] is (byte)'.' or (byte)',' && !TryFraction(ref text, out fraction)) return false;
        }
        if (hour > 23 || minute > 59 || second > 60) return false;
        micros += hour * EventTime.Hour + minute * EventTime.Minute + second * EventTime.Second + fraction;
        if (!text.IsEmpty)
        {
            hasOffset = true;
            if (!TryOffset(text, out var offset)) return false;
            micros -= offset;
        }
        return micros is >= EventTime.Earliest and <= EventTime.Latest;
    }

    /// <summary>Reads the leading <c>yyyy-MM-dd</c> of a text as days since 1970.</summary>
    public static bool TryParseDate(ReadOnlySpan<byte> text, out int days)
    {
        days = 0;
        if (text.Length < 10 || text[4] != '-' || text[7] != '-') return false;
        if (!TwoDigits(text, out var century) || !TwoDigits(text[2..], out var year) || !TwoDigits(text[5..], out var month) || !TwoDigits(text[8..], out var day)) return false;
        year += century * 100;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return false;
        days = DaysFromCivil(year, month, day);
        return true;
    }

    /// <summary>Days since 1970-01-01 of a proleptic Gregorian date (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil).</summary>
    public static int DaysFromCivil(int year, int month, int day)
    {
        if (month <= 2) year--;
        var era = (year >= 0 ? year : year - 399) / 400;
        var yearOfEra = year - era * 400;
        var dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
        var dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
        return era * 146_097 + dayOfEra - 719_468;
    }

    private static bool TryFraction(ref ReadOnlySpan<byte> text, out long fraction)
    {
        fraction = 0;
        var digits = 0;
        var i = 1;
        for (; i < text.Length && text[i] is >= (byte)'0' and <= (byte)'9'; i++)
        {
            if (digits == 6) continue;
            fraction = fraction * 10 + (text[i] - '0');
            digits++;
        }
        if (i == 1) return false;
        for (; digits < 6; digits++) fraction *= 10;
        text = text[i..];
        return true;
    }

    private static bool TryOffset(ReadOnlySpan<byte> text, out long offset)
    {
        offset = 0;
        if (text is [(byte)'Z' or (byte)'z']) return true;
        if (text[0] is not ((byte)'+' or (byte)'-') || text.Length < 3 || !TwoDigits(text[1..], out var hours)) return false;
        var rest = text[3..];
        var minutes = 0;
        if (!rest.IsEmpty)
        {
            if (rest[0] == ':') rest = rest[1..];
            if (rest.Length != 2 || !TwoDigits(rest, out minutes)) return false;
        }
        if (minutes > 59 || hours * 60 + minutes > 18 * 60) return false;
        offset = hours * EventTime.Hour + minutes * EventTime.Minute;
        if (text[0] == '-') offset = -offset;
        return true;
    }

    private static bool TwoDigits(ReadOnlySpan<byte> text, out int value)
    {
        int tens = text[0] - '0', ones = text[1] - '0';
        value = tens * 10 + ones;
        return (uint)tens <= 9 && (uint)ones <= 9;
    }
}
