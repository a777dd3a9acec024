using System.Buffers.Binary;
using StreamForge.Cluster.Ports;

namespace StreamForge.Postgres.Keys;

/// <summary>
/// The order in which keys go to the server: by a first criterion of the caller, by view, by bytes. Every writer takes its locks in it, so that two of them do not wait for each other in a circle; and
/// neighbours in the index are looked up one after another, while their pages are at hand.
/// </summary>
internal static class KeyOrder
{
    /// <summary>Indexes of the keys, in order.</summary>
    /// <param name="key">The n-th key.</param>
    /// <param name="first">What the n-th key is ordered by before anything else.</param>
    /// <param name="views">The views' ids in the database.</param>
    public static int[] Of(int count, Func<int, KeyId> key, Func<int, bool> first, int[] views)
    {
        var entries = new Entry[count];
        for (var i = 0; i < count; i++)
        {
            var id = key(i);
            entries[i] = new Entry(first(i), views[id.View], Prefix(id.Key), id.Key, i);
        }
        Array.Sort(entries);
        return Array.ConvertAll(entries, static e => e.Index);
    }

    /// <summary>The first eight bytes as a number that orders as they do.</summary>
    private static ulong Prefix(ReadOnlySpan<byte> key)
    {
        if (key.Length >= sizeof(ulong)) return BinaryPrimitives.ReadUInt64BigEndian(key);
        Span<byte> padded = stackalloc byte[sizeof(ulong)];
        key.CopyTo(padded);
        return BinaryPrimitives.ReadUInt64BigEndian(padded);
    }

    private readonly record struct Entry(bool First, int View, ulong Prefix, byte[] Key, int Index) : IComparable<Entry>
    {
        public int CompareTo(Entry other)
        {
            if (First != other.First) return First ? 1 : -1;
            if (View != other.View) return View.CompareTo(other.View);
            return Prefix != other.Prefix ? Prefix.CompareTo(other.Prefix) : Key.AsSpan().SequenceCompareTo(other.Key);
        }
    }
}
