using System.Text;
using StreamForge.Core;
using StreamForge.Sql.Evaluation;

namespace StreamForge.Sql.Functions;

/// <summary>Functions that make a text of whole texts. Characters are code points.</summary>
internal static class TextFunctions
{
    /// <summary>The longest text that REPEAT, LPAD and RPAD make.</summary>
    private const int MaxBytes = 16 << 20;

    public static IEnumerable<Function> All =>
    [
        Function.Row("UPPER", "s", DataType.String, call => ChangeCase(call, upper: true)),
        Function.Row("LOWER", "s", DataType.String, call => ChangeCase(call, upper: false)),
        Function.Row("INITCAP", "s", DataType.String, InitCap),
        Function.Row("CONCAT", "s*", DataType.String, Concat),
        new("CONCAT_WS", "ss*", call => call.Row(DataType.String, ConcatWithSeparator, seesNulls: true)),
        Function.Row("REPLACE", "sss", DataType.String, Replace),
        Function.Row("REVERSE", "s", DataType.String, Reverse),
        Function.Row("REPEAT", "si", DataType.String, Repeat),
        Function.Row("LPAD", "sis", DataType.String, call => Pad(call, left: true)),
        Function.Row("RPAD", "sis", DataType.String, call => Pad(call, left: false)),
        Function.Row("BTRIM", "s?s", DataType.String, call => Trim(call, left: true, right: true)),
        Function.Row("LTRIM", "s?s", DataType.String, call => Trim(call, left: true, right: false)),
        Function.Row("RTRIM", "s?s", DataType.String, call => Trim(call, left: false, right: true)),
    ];

    public static void Concat(RowCall call)
    {
        var length = 0;
        for (var i = 0; i < call.Count; i++) length = checked(length + call.Bytes(i).Length);
        var target = call.Output.BeginAppend(length);
        var position = 0;
        for (var i = 0; i < call.Count; i++)
        {
            call.Bytes(i).CopyTo(target[position..]);
            position += call.Bytes(i).Length;
        }
        call.Output.CommitAppend(length);
    }

    /// <summary>Nulls are left out; a null separator makes the result null.</summary>
    private static void ConcatWithSeparator(RowCall call)
    {
        if (call.IsNull(0))
        {
            call.ReturnNull();
            return;
        }
        var length = 0;
        for (var i = 1; i < call.Count; i++) length = checked(length + call.Bytes(i).Length + call.Bytes(0).Length);
        var target = call.Output.BeginAppend(length);
        var position = 0;
        var first = true;
        for (var i = 1; i < call.Count; i++)
        {
            if (call.IsNull(i)) continue;
            if (!first)
            {
                call.Bytes(0).CopyTo(target[position..]);
                position += call.Bytes(0).Length;
            }
            first = false;
            call.Bytes(i).CopyTo(target[position..]);
            position += call.Bytes(i).Length;
        }
        call.Output.CommitAppend(position);
    }

    private static void ChangeCase(RowCall call, bool upper)
    {
        var text = call.Bytes(0);
        var target = call.Output.BeginAppend(text.Length);
        if (Ascii.IsValid(text))
        {
            if (upper) Ascii.ToUpper(text, target, out _);
            else Ascii.ToLower(text, target, out _);
            call.Output.CommitAppend(text.Length);
            return;
        }
        call.Return(upper ? call.Text(0).ToUpperInvariant() : call.Text(0).ToLowerInvariant());
    }

    private static void InitCap(RowCall call)
    {
        var result = new StringBuilder();
        var inWord = false;
        foreach (var rune in call.Text(0).EnumerateRunes())
        {
            result.Append(inWord ? Rune.ToLowerInvariant(rune) : Rune.ToUpperInvariant(rune));
            inWord = Rune.IsLetterOrDigit(rune);
        }
        call.Return(result.ToString());
    }

    private static void Replace(RowCall call)
    {
        ReadOnlySpan<byte> text = call.Bytes(0), sought = call.Bytes(1), replacement = call.Bytes(2);
        if (sought.IsEmpty)
        {
            call.Return(text);
            return;
        }
        var length = text.Length + (long)text.Count(sought) * (replacement.Length - sought.Length);
        if (length > MaxBytes && length > text.Length)
        {
            call.Fail("the result is longer than 16 MiB");
            return;
        }
        var target = call.Output.BeginAppend((int)length);
        var position = 0;
        for (var found = text.IndexOf(sought); found >= 0; found = text.IndexOf(sought))
        {
            text[..found].CopyTo(target[position..]);
            replacement.CopyTo(target[(position + found)..]);
            position += found + replacement.Length;
            text = text[(found + sought.Length)..];
        }
        text.CopyTo(target[position..]);
        call.Output.CommitAppend((int)length);
    }

    private static void Reverse(RowCall call)
    {
        var text = call.Bytes(0);
        var target = call.Output.BeginAppend(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var length = Utf8.CharacterLength(text[i..]);
            text.Slice(i, length).CopyTo(target[(text.Length - i - length)..]);
            i += length;
        }
        call.Output.CommitAppend(text.Length);
    }

    private static void Repeat(RowCall call)
    {
        var text = call.Bytes(0);
        var count = Math.Max(call.Integer(1), 0);
        if (text.Length > 0 && count > MaxBytes / text.Length)
        {
            call.Fail("the result is longer than 16 MiB");
            return;
        }
        var length = text.Length * (int)(text.Length == 0 ? 0 : count);
        var target = call.Output.BeginAppend(length);
        for (var i = 0; i < length; i += text.Length) text.CopyTo(target[i..]);
        call.Output.CommitAppend(length);
    }

    /// <summary>To so many characters: cut when longer; null when the length is negative or there is nothing to fill with.</summary>
    private static void Pad(RowCall call, bool left)
    {
        ReadOnlySpan<byte> text = call.Bytes(0), filling = call.Bytes(2);
        var wanted = call.Integer(1);
        var missing = wanted - Utf8.Count(text);
        if (wanted < 0 || (missing > 0 && filling.IsEmpty))
        {
            call.ReturnNull();
            return;
        }
        if (missing <= 0)
        {
            call.Return(text[..Utf8.Offset(text, wanted)]);
            return;
        }
        if (missing > MaxBytes / 4)
        {
            call.Fail("the result is longer than 16 MiB");
            return;
        }
        var width = Utf8.Count(filling);
        var whole = (int)(missing / width);
        var rest = filling[..Utf8.Offset(filling, missing % width)];
        var length = (long)text.Length + (long)whole * filling.Length + rest.Length;
        var target = call.Output.BeginAppend((int)length);
        var position = 0;
        if (!left) Put(text, target);
        for (var i = 0; i < whole; i++) Put(filling, target);
        Put(rest, target);
        if (left) Put(text, target);
        call.Output.CommitAppend(position);

        void Put(ReadOnlySpan<byte> part, Span<byte> into)
        {
            part.CopyTo(into[position..]);
            position += part.Length;
        }
    }

    /// <summary>Takes off blanks, or any of the given characters.</summary>
    private static void Trim(RowCall call, bool left, bool right)
    {
        var text = call.Bytes(0);
        var set = call.Count > 1 ? call.Bytes(1) : " "u8;
        while (left && !text.IsEmpty)
        {
            var length = Utf8.CharacterLength(text);
            if (!Contains(set, text[..length])) break;
            text = text[length..];
        }
        while (right && !text.IsEmpty)
        {
            var start = Utf8.LastCharacter(text);
            if (!Contains(set, text[start..])) break;
            text = text[..start];
        }
        call.Return(text);
    }

    private static bool Contains(ReadOnlySpan<byte> set, ReadOnlySpan<byte> character)
    {
        while (!set.IsEmpty)
        {
            var length = Utf8.CharacterLength(set);
            if (set[..length].SequenceEqual(character)) return true;
            set = set[length..];
        }
        return false;
    }

    /// <summary>VARCHAR(n) cuts, CHAR(n) also fills up with blanks.</summary>
    public static RowKernel Fit(int length, bool padded) => call =>
    {
        var text = call.Bytes(0);
        var cut = text[..Utf8.Offset(text, length)];
        var missing = padded ? length - Utf8.Count(cut) : 0;
        var target = call.Output.BeginAppend(cut.Length + missing);
        cut.CopyTo(target);
        target[cut.Length..].Fill((byte)' ');
        call.Output.CommitAppend(cut.Length + missing);
    };
}
