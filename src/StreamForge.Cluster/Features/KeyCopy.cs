using System.Buffers.Binary;
using StreamForge.Features.KeyState;

namespace StreamForge.Cluster.Features;

/// <summary>
/// What a reader gets of a key: its state, and behind it the newest watermark that rows of it were judged by (i64, little-endian). A key may be ahead of what its reader knows of time; tiles that it has dropped
/// by then must not be taken for empty ones.
/// </summary>
public static class KeyCopy
{
    internal static byte[] Of(ReadOnlySpan<byte> state, long watermark)
    {
        var used = KeyState.UsedBytes(state);
        var copy = GC.AllocateUninitializedArray<byte>(used + sizeof(long));
        state[..used].CopyTo(copy);
        BinaryPrimitives.WriteInt64LittleEndian(copy.AsSpan(used), watermark);
        return copy;
    }

    /// <summary>The state.</summary>
    public static Span<byte> State(byte[] copy) => copy.AsSpan(0, copy.Length - sizeof(long));

    /// <summary>The newest watermark that rows of the key were judged by.</summary>
    public static long Watermark(byte[] copy) => BinaryPrimitives.ReadInt64LittleEndian(copy.AsSpan(copy.Length - sizeof(long)));
}
