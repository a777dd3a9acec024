using System.Buffers.Text;
using System.Globalization;
using System.Text;
using StreamForge.Core;

namespace StreamForge.Sql.Evaluation;

/// <summary>Values to text and back, as CAST does it.</summary>
internal static class TextConversion
{
    /// <summary>Appends what <paramref name="text"/> says as a value of the column's type; false, and nothing appended, when it says none.</summary>
    public static bool TryAppend(Column target, ReadOnlySpan<byte> text)
    {
        if (target is BytesColumn bytes)
        {
            bytes.Append(text);
            return true;
        }
        text = text.Trim(" \t\r\n"u8);
        switch (target)
        {
            case BooleanColumn booleans:
                if (!TryBoolean(text, out var flag)) return false;
                booleans.Append(flag ? (byte)1 : (byte)0);
                return true;
            case DoubleColumn doubles:
                if (!TryDouble(text, out var number)) return false;
                doubles.Append(number);
                return true;
            case DecimalColumn decimals:
                if (!Decimal128.TryParse(text, target.Type.Precision, target.Type.Scale, out var unscaled)) return false;
                decimals.Append(unscaled);
                return true;
            case Int64Column integers:
                if (!TryInteger(text, target.Type, out var value)) return false;
                integers.Append(value);
                return true;
            default:
                return false;
        }
    }

    private static bool TryInteger(ReadOnlySpan<byte> text, DataType type, out long value)
    {
        value = 0;
        switch (type.Kind)
        {
            case TypeKind.Date:
                if (!Iso8601.TryParse(text, out var micros, out _)) return false;
                value = EventTime.FloorDivide(micros, EventTime.Day);
                return true;
            case TypeKind.Timestamp or TypeKind.TimestampTz:
                return Iso8601.TryParse(text, out value, out _);
        }
        var digits = text.Length > 0 && text[0] == '+' ? text[1..] : text;
        if (!Utf8Parser.TryParse(digits, out value, out var used) || used != digits.Length)
        {
            // 12.7 is 12, as in Flink: digits after the point are cut.
            if (!text.Contains((byte)'.') || !Decimal128.TryParse(text, 38, 18, out var unscaled)) return false;
            var whole = unscaled / Decimal128.Power(18);
            if (whole < long.MinValue || whole > long.MaxValue) return false;
            value = (long)whole;
        }
        return type.Kind != TypeKind.Int || (value >= int.MinValue && value <= int.MaxValue);
    }

    private static bool TryDouble(ReadOnlySpan<byte> text, out double value)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)) return true;
        value = text.Length is 8 or 9 && EndsWithWord(text, "Infinity"u8) ? (text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity) : double.NaN;
        return !double.IsNaN(value);
    }

    private static bool EndsWithWord(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) => Ascii.EqualsIgnoreCase(text[^8..], word);

    private static bool TryBoolean(ReadOnlySpan<byte> text, out bool value)
    {
        value = Is(text, "true"u8) || Is(text, "t"u8) || Is(text, "yes"u8) || Is(text, "y"u8) || Is(text, "1"u8);
        return value || Is(text, "false"u8) || Is(text, "f"u8) || Is(text, "no"u8) || Is(text, "n"u8) || Is(text, "0"u8);

        static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) => Ascii.EqualsIgnoreCase(text, word);
    }

    /// <summary>Appends a row, which is not null, as text.</summary>
    public static void Append(BytesColumn target, Column source, int row)
    {
        switch (source)
        {
            case BytesColumn bytes: target.Append(bytes[row]); break;
            case BooleanColumn booleans: target.Append(booleans[row] != 0 ? "TRUE"u8 : "FALSE"u8); break;
            case DoubleColumn doubles: AppendDouble(target, doubles[row]); break;
            case DecimalColumn decimals: AppendDecimal(target, decimals[row], source.Type.Scale); break;
            case Int64Column integers when source.Type.IsInteger:
                Utf8Formatter.TryFormat(integers[row], target.BeginAppend(20), out var written);
                target.CommitAppend(written);
                break;
            case Int64Column days when source.Type.Kind == TypeKind.Date: AppendTime(target, days[row] * EventTime.Day, dateOnly: true); break;
            case Int64Column times: AppendTime(target, times[row], dateOnly: false); break;
        }
    }

    private static void AppendDecimal(BytesColumn target, Int128 unscaled, int scale)
    {
        var buffer = target.BeginAppend(48);
        if (unscaled < long.MinValue || unscaled > long.MaxValue || scale >= 18)
        {
            target.CommitAppend(Encoding.UTF8.GetBytes(Decimal128.Format(unscaled, scale), buffer));
            return;
        }
        var value = (long)unscaled;
        var magnitude = value < 0 ? 0UL - (ulong)value : (ulong)value;
        var power = (ulong)Decimal128.Power(scale);
        var position = 0;
        if (value < 0) buffer[position++] = (byte)'-';
        Utf8Formatter.TryFormat(magnitude / power, buffer[position..], out var written);
        position += written;
        if (scale > 0)
        {
            buffer[position++] = (byte)'.';
            var fraction = magnitude % power;
            for (var i = scale - 1; i >= 0; i--)
            {
                buffer[position + i] = (byte)('0' + fraction % 10);
                fraction /= 10;
            }
            position += scale;
        }
        target.CommitAppend(position);
    }

    /// <summary>yyyy-MM-dd HH:mm:ss, with three or six digits of a second where they are not zero.</summary>
    private static void AppendTime(BytesColumn target, long micros, bool dateOnly)
    {
        var buffer = target.BeginAppend(40);
        var (year, month, day) = CivilCalendar.Civil(EventTime.FloorDivide(micros, EventTime.Day));
        var position = 0;
        Digits(buffer, ref position, year, 4);
        buffer[position++] = (byte)'-';
        Digits(buffer, ref position, month, 2);
        buffer[position++] = (byte)'-';
        Digits(buffer, ref position, day, 2);
        if (!dateOnly)
        {
            var time = micros - EventTime.Floor(micros, EventTime.Day);
            buffer[position++] = (byte)' ';
            Digits(buffer, ref position, time / EventTime.Hour, 2);
            buffer[position++] = (byte)':';
            Digits(buffer, ref position, time / EventTime.Minute % 60, 2);
            buffer[position++] = (byte)':';
            Digits(buffer, ref position, time / EventTime.Second % 60, 2);
            var fraction = time % EventTime.Second;
            if (fraction != 0)
            {
                buffer[position++] = (byte)'.';
                if (fraction % 1000 == 0) Digits(buffer, ref position, fraction / 1000, 3);
                else Digits(buffer, ref position, fraction, 6);
            }
        }
        target.CommitAppend(position);
    }

    private static void Digits(Span<byte> buffer, ref int position, long value, int width)
    {
        if (value < 0)
        {
            buffer[position++] = (byte)'-';
            value = -value;
        }
        Utf8Formatter.TryFormat(value, buffer[position..], out var written, new System.Buffers.StandardFormat('D', (byte)width));
        position += written;
    }

    /// <summary>As Java writes doubles: 1.0, 0.001, 1.0E7, 1.5E-4.</summary>
    private static void AppendDouble(BytesColumn target, double value)
    {
        if (!double.IsFinite(value))
        {
            target.Append(double.IsNaN(value) ? "NaN"u8 : value > 0 ? "Infinity"u8 : "-Infinity"u8);
            return;
        }
        var magnitude = Math.Abs(value);
        var buffer = target.BeginAppend(40);
        int written;
        if (magnitude == 0 || magnitude is >= 1e-3 and < 1e7)
        {
            // The shortest digits that read back as the same number; in this range without an exponent.
            value.TryFormat(buffer, out written, "R", CultureInfo.InvariantCulture);
            if (!buffer[..written].Contains((byte)'.'))
            {
                ".0"u8.CopyTo(buffer[written..]);
                written += 2;
            }
        }
        else
        {
            written = Scientific(value, buffer);
        }
        target.CommitAppend(written);
    }

    private static int Scientific(double value, Span<byte> buffer)
    {
        Span<byte> shortest = stackalloc byte[40];
        value.TryFormat(shortest, out var length, "R", CultureInfo.InvariantCulture);
        Span<byte> digits = stackalloc byte[24];
        int count = 0, exponent = 0, integers = 0, i = 0, zeros = 0;
        bool point = false, negative = shortest[0] == '-';
        for (i = negative ? 1 : 0; i < length && shortest[i] != 'E'; i++)
        {
            if (shortest[i] == '.')
            {
                point = true;
                continue;
            }
            if (count == 0 && shortest[i] == '0')
            {
                if (point) zeros++;
                continue;
            }
            if (!point) integers++;
            if (count < digits.Length) digits[count++] = shortest[i];
        }
        if (i < length) exponent = int.Parse(shortest[(i + 1)..length], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        exponent += integers > 0 ? integers - 1 : -zeros - 1;
        while (count > 1 && digits[count - 1] == '0') count--;
        var position = 0;
        if (negative) buffer[position++] = (byte)'-';
        buffer[position++] = digits[0];
        buffer[position++] = (byte)'.';
        if (count == 1) buffer[position++] = (byte)'0';
        digits[1..count].CopyTo(buffer[position..]);
        position += count - 1;
        buffer[position++] = (byte)'E';
        Utf8Formatter.TryFormat(exponent, buffer[position..], out var written);
        return position + written;
    }
}
