namespace StreamForge.Embedded.Images;

/// <summary>
/// A file that is appended to, with as much of it in memory as a bound allows, in blocks: what was appended and not yet written, what was used lately, and, while the file is smaller than the bound, all of
/// it. Blocks are given up by the clock's hand: one that was used since the hand came by last is passed over once.
/// </summary>
/// <param name="file">The file; disposed by its owner.</param>
/// <param name="memory">Bytes of blocks that may be in memory, unwritten ones not counted.</param>
internal sealed class ImageBlocks(IImageFile file, long memory)
{
    private const int BlockBytes = 16 << 10;

    /// <summary>What was appended is written when there is as much as this.</summary>
    private const int MostUnwritten = 64 * BlockBytes;

    private readonly Dictionary<long, Block> _blocks = [];
    private readonly List<Block> _clock = [];
    private readonly int _mostBlocks = (int)Math.Clamp(memory / BlockBytes, 2, int.MaxValue);
    private int _hand;

    private sealed class Block(long number)
    {
        public long Number = number;
        public readonly byte[] Bytes = new byte[BlockBytes];
        public bool IsUsed;
    }

    /// <summary>Written and unwritten bytes.</summary>
    public long Length { get; private set; } = file.Length;

    /// <summary>Bytes of blocks in memory.</summary>
    public long MemoryBytes => _clock.Count * (long)BlockBytes;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var within = (int)(Length % BlockBytes);
            var count = Math.Min(bytes.Length, BlockBytes - within);
            bytes[..count].CopyTo(Find(Length / BlockBytes).Bytes.AsSpan(within));
            bytes = bytes[count..];
            Length += count;
        }
        if (Length - file.Length >= MostUnwritten) Flush();
    }

    public void Read(long offset, Span<byte> target)
    {
        while (target.Length > 0)
        {
            var within = (int)(offset % BlockBytes);
            var count = Math.Min(target.Length, BlockBytes - within);
            Find(offset / BlockBytes).Bytes.AsSpan(within, count).CopyTo(target);
            target = target[count..];
            offset += count;
        }
    }

    /// <summary>Hands all that was appended to the operating system.</summary>
    public void Flush()
    {
        while (file.Length < Length)
        {
            var within = (int)(file.Length % BlockBytes);
            var count = (int)Math.Min(Length - file.Length, BlockBytes - within);
            file.Append(_blocks[file.Length / BlockBytes].Bytes.AsSpan(within, count));
        }
    }

    private Block Find(long number)
    {
        if (!_blocks.TryGetValue(number, out var block))
        {
            block = Place(number);
            var start = number * BlockBytes;
            // A block that is not in memory has been written, as far as it goes.
            if (start < file.Length) file.Read(start, block.Bytes.AsSpan(0, (int)Math.Min(BlockBytes, file.Length - start)));
        }
        block.IsUsed = true;
        return block;
    }

    private Block Place(long number)
    {
        if (_clock.Count >= _mostBlocks)
        {
            // Two rounds find one that is written and unused, unless all are unwritten.
            for (var tries = 0; tries < 2 * _clock.Count; tries++)
            {
                var candidate = _clock[_hand];
                _hand = (_hand + 1) % _clock.Count;
                if ((candidate.Number + 1) * BlockBytes > file.Length) continue;
                if (!candidate.IsUsed)
                {
                    _blocks.Remove(candidate.Number);
                    candidate.Number = number;
                    _blocks.Add(number, candidate);
                    return candidate;
                }
                candidate.IsUsed = false;
            }
        }
        var block = new Block(number);
        _clock.Add(block);
        _blocks.Add(number, block);
        return block;
    }
}
