using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using StreamForge.Core;

namespace StreamForge.Formats.Values;

/// <summary>date: <c>yyyy-MM-dd</c>.</summary>
internal sealed class DateWriter(Field field) : ColumnWriter(field)
{
    private Int64Column Target => Unsafe.As<Int64Column>(Column);

    public override string? Text(ReadOnlySpan<byte> text)
    {
        if (text.Length != 10 || !Iso8601.TryParseDate(text, out var days)) return Misfit(text, "expected yyyy-MM-dd");
        Target.Append(days);
        return null;
    }

    public override string? Number(in Number number, ReadOnlySpan<byte> text) => Misfit(text, "expected yyyy-MM-dd");
}

/// <summary>
/// timestamp and timestamptz, both kept as microseconds of UTC: ISO 8601 text, local times by the source's time zone; or an integer (also as text)
/// where the column has a unit. The years are 1 to 9999.
/// </summary>
internal sealed class TimestampWriter(Field field, long unit, LocalTime time) : ColumnWriter(field)
{
    private ulong _dateStart;
    private ushort _dateEnd;
    private long _dateMicros;

    private Int64Column Target => Unsafe.As<Int64Column>(Column);

    public override string? Text(ReadOnlySpan<byte> text)
    {
        if (TryUsual(text, out var micros, out var hasOffset) || Iso8601.TryParse(text, out micros, out hasOffset))
            return Append(hasOffset || micros > EventTime.Latest ? micros : time.ToUtc(micros), text);
        return unit != 0 && Values.Number.TryParse(text, out var number) ? Number(number, text) : Misfit(text, "expected ISO 8601");
    }

    public override string? Number(in Number number, ReadOnlySpan<byte> text)
    {
        if (unit == 0) return Misfit(text, "an integer needs a declared unit");
        if (number.TryScale(text, 0, out var value) == NumberFit.TooFine) return Misfit(text, "it has a fraction");
        if (value < long.MinValue || value > long.MaxValue) return OutOfRange(text);
        var whole = (long)value;
        if (unit < 0) return Append(EventTime.FloorDivide(whole, -unit), text);
        var micros = Math.BigMul(whole, unit);
        return micros < EventTime.Earliest || micros > EventTime.Latest ? OutOfRange(text) : Append((long)micros, text);
    }

    private string? Append(long micros, ReadOnlySpan<byte> text)
    {
        if (micros is < EventTime.Earliest or > EventTime.Latest) return OutOfRange(text);
        Target.Append(micros);
        return null;
    }

    private string OutOfRange(ReadOnlySpan<byte> text) => Misfit(text, "it lies outside the years 1 to 9999");

    /// <summary>
    /// <c>yyyy-MM-dd?HH:mm:ss</c> with nothing, <c>Z</c> or <c>.fffZ</c> after it. The date is compared with the last one read;
    /// anything unusual is left to the full reader.
    /// </summary>
    private bool TryUsual(ReadOnlySpan<byte> text, out long micros, out bool hasOffset)
    {
        micros = 0;
        hasOffset = false;
        if (text.Length is not (19 or 20 or 24) || text[10] is not ((byte)'T' or (byte)' ')) return false;
        var start = BinaryPrimitives.ReadUInt64LittleEndian(text);
        var end = BinaryPrimitives.ReadUInt16LittleEndian(text[8..]);
        if (start != _dateStart || end != _dateEnd)
        {
            if (!Iso8601.TryParseDate(text, out var days)) return false;
            _dateStart = start;
            _dateEnd = end;
            _dateMicros = days * EventTime.Day;
        }
        int hour = TwoDigits(text, 11), minute = TwoDigits(text, 14), second = TwoDigits(text, 17);
        if ((uint)hour > 23 || (uint)minute > 59 || (uint)second > 59 || text[13] != ':' || text[16] != ':') return false;
        micros = _dateMicros + (hour * 3600 + minute * 60 + second) * EventTime.Second;
        if (text.Length == 19) return true;
        hasOffset = true;
        if (text[^1] != 'Z') return false;
        if (text.Length == 20) return true;
        int hundredths = TwoDigits(text, 20), thousandths = text[22] - '0';
        if (text[19] != '.' || (uint)hundredths > 99 || (uint)thousandths > 9) return false;
        micros += (hundredths * 10 + thousandths) * 1000L;
        return true;
    }

    /// <summary>Two digits as a number; something far out of every range when they are none.</summary>
    private static int TwoDigits(ReadOnlySpan<byte> text, int at)
    {
        int tens = text[at] - '0', ones = text[at + 1] - '0';
        return (uint)tens <= 9 && (uint)ones <= 9 ? tens * 10 + ones : int.MaxValue;
    }
}
