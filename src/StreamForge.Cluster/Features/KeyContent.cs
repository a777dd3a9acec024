using StreamForge.Cluster.Payloads;
using StreamForge.Core;
using StreamForge.Features.KeyState;

namespace StreamForge.Cluster.Features;

/// <summary>
/// All that is durable of a key, as <see cref="Ports.StoredKey.Content"/> keeps it:
/// <code>
/// u8 version, u8 flags (1: with windows)
/// i64 the newest watermark that its rows were judged by
/// its <see cref="PositionVector"/>
/// its <see cref="KeyWindows"/>, with that flag
/// its state as <see cref="KeyState"/> lays it out, to the end; nothing where only orphans have come for the key, which then is unknown
/// </code>
/// </summary>
public static class KeyContent
{
    private const byte Version = 1;
    private const byte WithWindows = 1;

    /// <param name="region">The key's state; garbage in it is not written.</param>
    public static byte[] Write(ViewLayout layout, Span<byte> region, PositionVector positions, KeyWindows? windows, long watermark)
    {
        ArgumentNullException.ThrowIfNull(positions);
        if (region.IsEmpty) return Write(region, positions, windows, watermark);
        var state = new KeyState(region, layout);
        var writer = new PayloadWriter(state.CompactSize + 32 + positions.Count * 8 + (windows?.Count ?? 0) * 24);
        Begin(writer, positions, windows, watermark);
        state.CopyTo(writer.Add(state.CompactSize));
        return writer.ToArray();
    }

    /// <summary>As the other, of a state that is compact already.</summary>
    internal static byte[] Write(ReadOnlySpan<byte> state, PositionVector positions, KeyWindows? windows, long watermark)
    {
        var writer = new PayloadWriter(state.Length + 32 + positions.Count * 8 + (windows?.Count ?? 0) * 24);
        Begin(writer, positions, windows, watermark);
        writer.Bytes(state);
        return writer.ToArray();
    }

    private static void Begin(PayloadWriter writer, PositionVector positions, KeyWindows? windows, long watermark)
    {
        writer.Byte(Version);
        writer.Byte(windows is null ? (byte)0 : WithWindows);
        writer.Int64(watermark);
        positions.Write(writer);
        windows?.Write(writer);
    }

    /// <exception cref="StreamForgeException">Corrupt.</exception>
    public static (byte[] State, PositionVector Positions, KeyWindows? Windows, long Watermark) Read(ReadOnlySpan<byte> content)
    {
        var reader = new PayloadReader(content, "the stored state of a key");
        reader.Version(Version);
        var flags = reader.Byte();
        var watermark = reader.Int64();
        var positions = PositionVector.Read(ref reader);
        var windows = (flags & WithWindows) != 0 ? KeyWindows.Read(ref reader) : null;
        var state = reader.Rest;
        if (state.Length > 0 && (state.Length < 32 || KeyState.UsedBytes(state) != state.Length)) throw reader.Corrupt($"its state has {state.Length} bytes and should have {(state.Length < 32 ? 32 : KeyState.UsedBytes(state))}");
        return (state.ToArray(), positions, windows, watermark);
    }
}
