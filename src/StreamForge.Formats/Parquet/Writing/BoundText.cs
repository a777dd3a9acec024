using System.Text;

namespace StreamForge.Formats.Parquet.Writing;

/// <summary>Cuts long bounds: a lower bound to a prefix, an upper one to a prefix whose last character that can is counted up (parquet.thrift, Statistics: is_max_value_exact).</summary>
internal static class BoundText
{
    /// <summary>Bytes of a bound at most, but for one that counting up may add.</summary>
    public const int MaxBytes = 64;

    public static byte[] Lower(ReadOnlySpan<byte> value, bool isText) => value.Length <= MaxBytes ? value.ToArray() : Prefix(value, isText).ToArray();

    /// <summary>Null where no shorter upper bound exists.</summary>
    public static byte[]? Upper(ReadOnlySpan<byte> value, bool isText)
    {
        if (value.Length <= MaxBytes) return value.ToArray();
        var prefix = Prefix(value, isText);
        return isText ? NextText(prefix) : NextBytes(prefix);
    }

    private static ReadOnlySpan<byte> Prefix(ReadOnlySpan<byte> value, bool isText)
    {
        var length = MaxBytes;
        if (isText)
        {
            while (length > MaxBytes - 4 && (value[length] & 0xC0) == 0x80) length--;
        }
        return value[..length];
    }

    private static byte[]? NextBytes(ReadOnlySpan<byte> prefix)
    {
        var end = prefix.LastIndexOfAnyExcept((byte)0xFF);
        if (end < 0) return null;
        var result = prefix[..(end + 1)].ToArray();
        result[end]++;
        return result;
    }

    private static byte[]? NextText(ReadOnlySpan<byte> prefix)
    {
        while (!prefix.IsEmpty)
        {
            if (Rune.DecodeLastFromUtf8(prefix, out var last, out var length) != System.Buffers.OperationStatus.Done) return NextBytes(prefix);
            prefix = prefix[..^length];
            if (last.Value == 0x10FFFF) continue;
            var next = new Rune(last.Value == 0xD7FF ? 0xE000 : last.Value + 1);
            var result = new byte[prefix.Length + next.Utf8SequenceLength];
            prefix.CopyTo(result);
            next.EncodeToUtf8(result.AsSpan(prefix.Length));
            return result;
        }
        return null;
    }
}
