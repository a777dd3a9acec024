using System.Buffers.Text;
using System.Text;
using StreamForge.Core;

namespace StreamForge.Sql.Functions;

/// <summary>
/// A date-time pattern as Java's DateTimeFormatter writes it, for formatting and reading: y u M L d D E a H k K h m s S,
/// X, x and Z for the offset (always UTC when formatting), text in single quotes, and other characters as they are. English names.
/// </summary>
internal sealed class TimePattern
{
    private static readonly string[] Months =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

    private static readonly string[] Days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    private readonly List<(char Letter, int Count, byte[] Literal)> _parts = [];

    private TimePattern()
    {
    }

    /// <returns>null, and what is wrong, when the pattern has a letter that means nothing here.</returns>
    public static TimePattern? Compile(string pattern, out string problem)
    {
        problem = "";
        var result = new TimePattern();
        var literal = new StringBuilder();
        for (var i = 0; i < pattern.Length;)
        {
            var c = pattern[i];
            if (c == '\'')
            {
                // Two quotes are one, within quoted text and outside.
                var quoted = i + 1;
                while (quoted < pattern.Length && (pattern[quoted] != '\'' || (quoted > i + 1 && quoted + 1 < pattern.Length && pattern[quoted + 1] == '\'')))
                {
                    literal.Append(pattern[quoted]);
                    quoted += pattern[quoted] == '\'' ? 2 : 1;
                }
                if (quoted == pattern.Length)
                {
                    problem = "the pattern has a quote (') without its end";
                    return null;
                }
                if (quoted == i + 1) literal.Append('\'');
                i = quoted + 1;
            }
            else if (char.IsAsciiLetter(c))
            {
                var count = 1;
                while (i + count < pattern.Length && pattern[i + count] == c) count++;
                if (!"yuMLdDEaHkKhmsSXxZ".Contains(c, StringComparison.Ordinal) || (c == 'S' && count > 9))
                {
                    problem = $"unknown letter '{c}' in the pattern; there are y M d D E a H k K h m s S X x Z, other text stands in single quotes";
                    return null;
                }
                result.Flush(literal);
                result._parts.Add((c is 'u' ? 'y' : c is 'L' ? 'M' : c, count, []));
                i += count;
            }
            else
            {
                literal.Append(c);
                i++;
            }
        }
        result.Flush(literal);
        return result;
    }

    private void Flush(StringBuilder literal)
    {
        if (literal.Length > 0) _parts.Add(('\0', 0, Encoding.UTF8.GetBytes(literal.ToString())));
        literal.Clear();
    }

    /// <summary>Room that formatting may need.</summary>
    public int MaxLength => _parts.Sum(p => p.Literal.Length + Math.Max(p.Count, 20));

    /// <summary>Writes a time of the years 1 to 9999; returns the bytes written.</summary>
    public int Format(long micros, Span<byte> target)
    {
        var day = EventTime.FloorDivide(micros, EventTime.Day);
        var time = micros - day * EventTime.Day;
        var (year, month, dayOfMonth) = CivilCalendar.Civil(day);
        var hour = (int)(time / EventTime.Hour);
        var position = 0;
        foreach (var (letter, count, literal) in _parts)
        {
            switch (letter)
            {
                case '\0': Put(target, ref position, literal); break;
                case 'y': Number(target, ref position, count == 2 ? year % 100 : year, count); break;
                case 'M' when count >= 3: Word(target, ref position, Months[month - 1], count); break;
                case 'M': Number(target, ref position, month, count); break;
                case 'd': Number(target, ref position, dayOfMonth, count); break;
                case 'D': Number(target, ref position, CivilCalendar.DayOfYear(day), count); break;
                case 'E': Word(target, ref position, Days[CivilCalendar.IsoDayOfWeek(day) - 1], Math.Max(count, 3)); break;
                case 'a': Put(target, ref position, hour < 12 ? "AM"u8 : "PM"u8); break;
                case 'H': Number(target, ref position, hour, count); break;
                case 'k': Number(target, ref position, hour == 0 ? 24 : hour, count); break;
                case 'K': Number(target, ref position, hour % 12, count); break;
                case 'h': Number(target, ref position, (hour + 11) % 12 + 1, count); break;
                case 'm': Number(target, ref position, time / EventTime.Minute % 60, count); break;
                case 's': Number(target, ref position, time / EventTime.Second % 60, count); break;
                case 'S':
                    var nanos = time % EventTime.Second * 1000;
                    Number(target, ref position, nanos / (long)Decimal128.Power(9 - count), count);
                    break;
                case 'X': Put(target, ref position, "Z"u8); break;
                default: Put(target, ref position, count == 3 && letter == 'x' ? "+00:00"u8 : "+0000"u8); break;
            }
        }
        return position;
    }

    private static void Put(Span<byte> target, ref int position, ReadOnlySpan<byte> text)
    {
        text.CopyTo(target[position..]);
        position += text.Length;
    }

    private static void Word(Span<byte> target, ref int position, string word, int count) =>
        position += Encoding.UTF8.GetBytes(count == 3 ? word.AsSpan(0, 3) : word, target[position..]);

    private static void Number(Span<byte> target, ref int position, long value, int width)
    {
        Utf8Formatter.TryFormat(value, target[position..], out var written, new System.Buffers.StandardFormat('D', (byte)width));
        position += written;
    }

    /// <summary>Reads a whole text; what the pattern leaves out is 1970-01-01T00:00:00. False when the text is not of this form or no such time exists.</summary>
    public bool TryParse(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        int year = 1970, month = 1, day = 1, dayOfYear = 0, hour = 0, half = -1, minute = 0, second = 0;
        var isTwelve = false;
        long fraction = 0, offset = 0;
        for (var i = 0; i < _parts.Count; i++)
        {
            var (letter, count, literal) = _parts[i];
            if (letter == '\0')
            {
                if (!text.StartsWith(literal)) return false;
                text = text[literal.Length..];
                continue;
            }
            // Digits run on only where no other number follows at once, as in yyyyMMdd.
            var adjacent = i + 1 < _parts.Count && _parts[i + 1].Letter is not ('\0' or 'a' or 'E' or 'X' or 'x' or 'Z');
            var value = 0;
            switch (letter)
            {
                case 'M' when count >= 3:
                    if (!TakeWord(ref text, Months, count, out value)) return false;
                    break;
                case 'E':
                    if (!TakeWord(ref text, Days, Math.Max(count, 3), out value)) return false;
                    break;
                case 'a':
                    if (text.Length < 2 || (text[1] | 0x20) != 'm' || (text[0] | 0x20) is not ('a' or 'p')) return false;
                    half = (text[0] | 0x20) == 'p' ? 1 : 0;
                    text = text[2..];
                    break;
                case 'X' or 'x' or 'Z':
                    if (!TakeOffset(ref text, letter, out offset)) return false;
                    break;
                case 'S':
                    if (!TakeNumber(ref text, count, count, out value)) return false;
                    fraction = (long)value * 1_000_000 / (long)Decimal128.Power(count);
                    break;
                default:
                    var most = letter == 'y' && count != 2 ? (adjacent ? count : 9) : adjacent || count >= 2 ? Math.Max(count, 1) : letter == 'D' ? 3 : 2;
                    if (!TakeNumber(ref text, letter == 'y' || count >= 2 ? count : 1, most, out value)) return false;
                    break;
            }
            switch (letter)
            {
                case 'y': year = count == 2 ? 2000 + value : value; break;
                case 'M': month = value; break;
                case 'd': day = value; break;
                case 'D': dayOfYear = value; break;
                case 'H': hour = value; break;
                case 'k': hour = value == 24 ? 0 : value; break;
                case 'K' or 'h':
                    if (value > 12 || (letter == 'h' && value == 0) || (letter == 'K' && value == 12)) return false;
                    (hour, isTwelve) = (value % 12, true);
                    break;
                case 'm': minute = value; break;
                case 's': second = value; break;
            }
        }
        if (!text.IsEmpty || year is < 1 or > 9999 || month is < 1 or > 12 || day < 1 || day > CivilCalendar.DaysInMonth(year, month)) return false;
        if (hour > 23 || minute > 59 || second > 59) return false;
        if (isTwelve && half == 1) hour += 12;
        var days = CivilCalendar.Days(year, month, day);
        if (dayOfYear > 0)
        {
            if (dayOfYear > (CivilCalendar.IsLeap(year) ? 366 : 365)) return false;
            days = CivilCalendar.Days(year, 1, 1) + dayOfYear - 1;
        }
        micros = days * EventTime.Day + hour * EventTime.Hour + minute * EventTime.Minute + second * EventTime.Second + fraction - offset;
        return true;
    }

    private static bool TakeNumber(ref ReadOnlySpan<byte> text, int least, int most, out int value)
    {
        value = 0;
        var digits = 0;
        while (digits < text.Length && digits < most && digits < 9 && text[digits] is >= (byte)'0' and <= (byte)'9') value = value * 10 + (text[digits++] - '0');
        text = text[digits..];
        return digits > 0 && digits >= Math.Min(least, 9);
    }

    /// <summary>The place, from 1, of the name that the text begins with.</summary>
    private static bool TakeWord(ref ReadOnlySpan<byte> text, string[] words, int count, out int value)
    {
        for (value = 1; value <= words.Length; value++)
        {
            var word = Encoding.UTF8.GetBytes(count == 3 ? words[value - 1][..3] : words[value - 1]);
            if (text.Length < word.Length || !Ascii.EqualsIgnoreCase(text[..word.Length], word)) continue;
            text = text[word.Length..];
            return true;
        }
        return false;
    }

    private static bool TakeOffset(ref ReadOnlySpan<byte> text, char letter, out long offset)
    {
        offset = 0;
        if (letter == 'X' && text is [(byte)'Z', ..])
        {
            text = text[1..];
            return true;
        }
        if (text.Length < 3 || text[0] is not ((byte)'+' or (byte)'-')) return false;
        var sign = text[0] == '-' ? -1 : 1;
        text = text[1..];
        if (!TakeNumber(ref text, 2, 2, out var hours)) return false;
        if (text is [(byte)':', ..]) text = text[1..];
        var minutes = 0;
        if (text.Length >= 2 && text[0] is >= (byte)'0' and <= (byte)'9' && !TakeNumber(ref text, 2, 2, out minutes)) return false;
        offset = sign * (hours * EventTime.Hour + minutes * EventTime.Minute);
        return hours <= 18 && minutes <= 59;
    }
}
