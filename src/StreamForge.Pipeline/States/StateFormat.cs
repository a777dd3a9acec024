using System.Text.Json;

namespace StreamForge.Pipeline.States;

/// <summary>
/// The portable file of a pipeline's state (docs/state-files.md). It begins with <see cref="Magic"/> and the format's number as u32; then come blocks of about 1 MiB,
/// <c>u32 length, u64 XXH64, length bytes</c>, whose bytes begin with <c>u8 kind, u32 number</c>: blocks are numbered from 0, so that none is missing or stands elsewhere. Kinds come in their order: one header, windows,
/// keys, ledgers, one end. Numbers are little-endian. Windows stand before keys, so that whoever keeps both in one place has them at hand when the key comes.
/// </summary>
internal static class StateFormat
{
    public const uint Current = 1;

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

    /// <summary>How many there were: <c>i64 keys, i64 windows, i64 dead letters, i64 late</c>.</summary>
    End,
}
