using System.Buffers.Binary;
using System.Text;
using StreamForge.Cluster.Ports;

namespace StreamForge.Grains.Features;

/// <summary>
/// The key of a feature's grain: one byte for the length of the pipeline's name, the name, two bytes for the view's index, the canonical key. Compact and not text, as there is one for each of millions of grains.
/// </summary>
internal static class FeatureKeys
{
    public static IdSpan Create(ReadOnlySpan<byte> pipeline, KeyId id)
    {
        var bytes = new byte[1 + pipeline.Length + 2 + id.Key.Length];
        bytes[0] = (byte)pipeline.Length;
        pipeline.CopyTo(bytes.AsSpan(1));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(1 + pipeline.Length), (ushort)id.View);
        id.Key.CopyTo(bytes.AsSpan(3 + pipeline.Length));
        return new IdSpan(bytes);
    }

    public static string Pipeline(IdSpan key)
    {
        var bytes = key.AsSpan();
        return Encoding.UTF8.GetString(bytes.Slice(1, bytes[0]));
    }

    public static KeyId Id(IdSpan key)
    {
        var bytes = key.AsSpan();
        return new KeyId(BinaryPrimitives.ReadUInt16LittleEndian(bytes[(1 + bytes[0])..]), Canonical(bytes).ToArray());
    }

    /// <summary>The key's group, 0 to 1,023.</summary>
    public static int Group(IdSpan key) => Core.KeyGroup.Of(Core.KeyGroup.Hash(Canonical(key.AsSpan())));

    private static ReadOnlySpan<byte> Canonical(ReadOnlySpan<byte> bytes) => bytes[(3 + bytes[0])..];
}
