using System.Text;

namespace StreamForge.Embedded.Ledgers;

/// <summary>The lines of a file from the last to the first, read in blocks from the end: the newest records of a long ledger cost no more than those of a short one.</summary>
internal static class BackwardLines
{
    private const int BlockBytes = 64 << 10;

    /// <param name="path">A file of UTF-8 lines.</param>
    /// <param name="end">Where to begin: the byte after a line's end.</param>
    public static IEnumerable<string> Read(string path, long end)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var block = new byte[BlockBytes];
        // The bytes of a line whose beginning has not been met, in reverse order of blocks.
        var tail = new Stack<byte[]>();
        var at = end;
        while (at > 0)
        {
            var length = (int)Math.Min(BlockBytes, at);
            at -= length;
            file.Position = at;
            file.ReadExactly(block, 0, length);
            for (int newline; (newline = block.AsSpan(0, length).LastIndexOf((byte)'\n')) >= 0; length = newline)
            {
                var line = Join(block.AsSpan((newline + 1)..length), tail);
                if (line.Length > 0) yield return line;
            }
            if (length > 0) tail.Push(block[..length]);
        }
        if (tail.Count > 0) yield return Join([], tail);
    }

    private static string Join(ReadOnlySpan<byte> head, Stack<byte[]> tail)
    {
        if (tail.Count == 0) return Encoding.UTF8.GetString(head);
        var bytes = new List<byte>(head.Length + BlockBytes);
        bytes.AddRange(head);
        while (tail.TryPop(out var part)) bytes.AddRange(part);
        return Encoding.UTF8.GetString([.. bytes]);
    }
}
