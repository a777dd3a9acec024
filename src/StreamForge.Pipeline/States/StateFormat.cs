using System.Text.Json;

namespace StreamForge.Pipeline.States;

/// <summary>
/// The portable file of a pipeline's state (docs/state-files.md). It begins with <see cref="Magic"/> and the format's number as u32; then come blocks of about 1 MiB,
/// <c>u32 length, u64 XXH64, length bytes</c>, whose bytes begin with <c>u8 kind, u32 number</c>: blocks are numbered from 0, so that none is missing or stands elsewhere. Kinds come in this order: one header, windows,
/// keys, images, ledgers, one end. Numbers are little-endian. Windows stand before keys, so that whoever keeps both in one place has them at hand when the key comes.
/// </summary>
internal static class StateFormat
{
    /// <summary>Format 1 knows no images; it is read as well.</summary>
    public const uint Current = 2;

    /// <summary>Bytes after which a block is written.</summary>
    public const int BlockBytes = 1 << 20;

    /// <summary>The longest block that is read.</summary>
    public const int MostBlockBytes = 1 << 30;

    /// <summary>Length and hash.</summary>
    public const int FrameBytes = sizeof(uint) + sizeof(ulong);

    /// <summary>Kind and number.</summary>
    public const int PrefixBytes = 1 + sizeof(uint);

    public static ReadOnlySpan<byte> Magic => "SFSTATE\n"u8;

    public static JsonSerializerOptions Json { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
}

internal enum StateBlock : byte
{
    /// <summary><see cref="StateHeader"/> as JSON.</summary>
    Header,

    /// <summary>Records <c>i32 view, u32 key length, key, u8 is due, i64 due, u32 count</c>, and of each <c>i32 window, i64 start, i32 revision, u64 digest, u8 changed</c>.</summary>
    Windows,

    /// <summary>Records <c>i32 view, u32 length, state</c>.</summary>
    Keys,

    /// <summary>Records <c>u8 ledger, u32 length, line in UTF-8</c>; ledger 0 are dead letters, 1 late events.</summary>
    Ledgers,

    /// <summary>How many there were: <c>i64 keys, i64 windows, i64 dead letters, i64 late</c>, and since format 2 <c>i64 images</c>.</summary>
    End,

    /// <summary>Records <c>i32 partition, u32 key length, key, u32 length, image</c>: the last images of rows of a changelog, by their number of partition in the header and primary key. Since format 2; they stand before ledgers.</summary>
    Images,
}

internal static class StateBlocks
{
    /// <summary>The place of a kind among the others in a file.</summary>
    public static int Place(this StateBlock kind) => kind switch { StateBlock.Images => 2 * (int)StateBlock.Keys + 1, _ => 2 * (int)kind };
}
