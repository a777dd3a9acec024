using System.Text;
using StreamForge.Core;
using StreamForge.Sql.Evaluation;

namespace StreamForge.Sql.Functions;

/// <summary>Functions that take parts of texts, count and find. Characters are code points, positions count from 1.</summary>
internal static class TextPartFunctions
{
    public static IEnumerable<Function> All =>
    [
        .. Function.Row("CHAR_LENGTH", "s", DataType.Int, call => call.Return((long)Utf8.Count(call.Bytes(0)))).Also("CHARACTER_LENGTH", "LENGTH"),
        Function.Row("OCTET_LENGTH", "x", DataType.Int, call => call.Return((long)call.Bytes(0).Length)),
        .. Function.Row("SUBSTRING", "si?i", DataType.String, Substring).Also("SUBSTR"),
        Function.Row("LEFT", "si", DataType.String, call => call.Return(call.Bytes(0)[..Utf8.Offset(call.Bytes(0), call.Integer(1))])),
        Function.Row("RIGHT", "si", DataType.String, Right),
        Function.Row("LOCATE", "ss?i", DataType.Int, call => Locate(call, sought: 0, text: 1)),
        Function.Row("INSTR", "ss", DataType.Int, call => Locate(call, sought: 1, text: 0)),
        Function.Row("STARTSWITH", "ss", DataType.Boolean, call => call.Return(call.Bytes(0).StartsWith(call.Bytes(1)))),
        Function.Row("ENDSWITH", "ss", DataType.Boolean, call => call.Return(call.Bytes(0).EndsWith(call.Bytes(1)))),
        Function.Row("SPLIT_INDEX", "ssi", DataType.String, SplitIndex),
        Function.Row("ASCII", "s", DataType.Int, call => call.Return(call.Bytes(0) is [var first, ..] ? (long)first : 0)),
        Function.Row("CHR", "i", DataType.String, Chr),
    ];

    /// <summary>From a position: 0 is as 1, a negative one counts from the end (-1 is the last character), before the beginning is empty. A negative length is null.</summary>
    private static void Substring(RowCall call)
    {
        var text = call.Bytes(0);
        var from = call.Integer(1);
        var length = call.Count > 2 ? call.Integer(2) : long.MaxValue;
        if (length < 0)
        {
            call.ReturnNull();
            return;
        }
        if (from < 0)
        {
            from += Utf8.Count(text) + 1L;
            if (from <= 0)
            {
                call.Return(""u8);
                return;
            }
        }
        var rest = text[Utf8.Offset(text, Math.Max(from, 1) - 1)..];
        call.Return(rest[..Utf8.Offset(rest, length)]);
    }

    private static void Right(RowCall call)
    {
        var text = call.Bytes(0);
        var count = Math.Max(call.Integer(1), 0);
        call.Return(text[Utf8.Offset(text, Math.Max(Utf8.Count(text) - count, 0))..]);
    }

    /// <summary>The position of the first occurrence, 0 when there is none.</summary>
    private static void Locate(RowCall call, int sought, int text)
    {
        var bytes = call.Bytes(text);
        var from = call.Count > 2 ? call.Integer(2) : 1;
        var start = from < 1 ? bytes.Length + 1 : Utf8.Offset(bytes, from - 1);
        var found = start > bytes.Length ? -1 : bytes[start..].IndexOf(call.Bytes(sought));
        call.Return(found < 0 ? 0L : Utf8.Count(bytes[..(start + found)]) + 1);
    }

    /// <summary>Part n, from 0, of a text cut at a separator; null when there is none.</summary>
    private static void SplitIndex(RowCall call)
    {
        ReadOnlySpan<byte> text = call.Bytes(0), separator = call.Bytes(1);
        var index = call.Integer(2);
        if (index < 0 || separator.IsEmpty)
        {
            call.ReturnNull();
            return;
        }
        for (; index > 0; index--)
        {
            var cut = text.IndexOf(separator);
            if (cut < 0)
            {
                call.ReturnNull();
                return;
            }
            text = text[(cut + separator.Length)..];
        }
        var end = text.IndexOf(separator);
        call.Return(end < 0 ? text : text[..end]);
    }

    /// <summary>The character of a number; like Flink, modulo 256 past 255, and empty below 0.</summary>
    private static void Chr(RowCall call)
    {
        var number = call.Integer(0);
        Span<byte> bytes = stackalloc byte[2];
        call.Return(number < 0 ? ""u8 : bytes[..new Rune((char)(number & 0xFF)).EncodeToUtf8(bytes)]);
    }
}
