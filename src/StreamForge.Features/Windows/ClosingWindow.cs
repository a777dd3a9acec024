using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using StreamForge.Core;

namespace StreamForge.Features.Windows;

/// <summary>
/// What is known of one closing window of a view in one shard: which (key, start) hold events, which of them have been emitted, at which revision, and which have changed since.
/// <para>
/// A window instance is <i>touched</i> by every event that it takes. While its end lies ahead of the watermark, that makes it one to emit; when the watermark reaches the end
/// (<see cref="TryTake"/>) it is emitted for the first time, as revision 0. An event that comes later but is still taken touches it again, and it is emitted
/// as the next revision, unless its values are what they were. Once the watermark has passed the point up to which its last tile takes events
/// (<see cref="WindowPlan.FinalAt"/>) nothing can touch it any more and it is forgotten (<see cref="Forget"/>). What is kept is therefore bounded by the instances that can still change, as
/// the tiles are.
/// </para>
/// <para>
/// Instances stand in buckets by their start, so that neither closing nor forgetting looks at any that are not concerned: the cost of a batch is that of the instances it
/// touches and of those that become due. The window may be of any shape whose instances are known by (key, start) and have an end; overlapping instances are touched each for itself.
/// </para>
/// One thread.
/// </summary>
/// <param name="plan">A window that closes.</param>
/// <param name="allowedLateness">Microseconds.</param>
public sealed class ClosingWindow(WindowPlan plan, long allowedLateness)
{
    private readonly Dictionary<long, Bucket> _buckets = [];
    private readonly SortedSet<long> _starts = [];
    private readonly SortedSet<long> _changed = [];

    /// <summary>All instances that begin at the same moment.</summary>
    private sealed class Bucket
    {
        public Dictionary<byte[], WindowRevision> Keys { get; } = new(KeyBytes.Instance);

        /// <summary>Keys to emit, in the order in which they were touched; those before <see cref="Taken"/> have been.</summary>
        public List<byte[]> Changed { get; } = [];

        public int Taken { get; set; }
    }

    public WindowPlan Plan => plan;

    /// <summary>Instances that are known.</summary>
    public int Count { get; private set; }

    /// <summary>The instance that begins at <paramref name="start"/> holds an event of <paramref name="key"/> that it may not have been emitted with.</summary>
    public void Touch(long start, ReadOnlySpan<byte> key)
    {
        var bucket = BucketOf(start);
        var lookup = bucket.Keys.GetAlternateLookup<ReadOnlySpan<byte>>();
        ref var revision = ref CollectionsMarshal.GetValueRefOrAddDefault(lookup, key, out var exists);
        if (exists && revision.IsChanged) return;
        if (!exists)
        {
            revision = WindowRevision.New;
            Count++;
        }
        revision.IsChanged = true;
        lookup.TryGetValue(key, out var stored, out _);
        Change(start, bucket, stored!);
    }

    private void Change(long start, Bucket bucket, byte[] key)
    {
        if (bucket.Changed.Count == 0) _changed.Add(start);
        bucket.Changed.Add(key);
    }

    private Bucket BucketOf(long start)
    {
        if (_buckets.TryGetValue(start, out var bucket)) return bucket;
        bucket = new Bucket();
        _buckets.Add(start, bucket);
        _starts.Add(start);
        return bucket;
    }

    /// <summary>The next instance that has changed and whose end the watermark has reached, earliest start first; it counts as unchanged from here on.</summary>
    /// <param name="watermark">Microseconds.</param>
    /// <param name="all">Also those whose end lies ahead.</param>
    /// <param name="revision">What was emitted last; the caller gives the new one to <see cref="Emitted"/>.</param>
    /// <returns>false when there is none.</returns>
    public bool TryTake(long watermark, bool all, out long start, [NotNullWhen(true)] out byte[]? key, out WindowRevision revision)
    {
        start = _changed.Count > 0 ? _changed.Min : 0;
        if (_changed.Count == 0 || (!all && plan.EndOf(start) > watermark))
        {
            key = null;
            revision = default;
            return false;
        }
        var bucket = _buckets[start];
        key = bucket.Changed[bucket.Taken++];
        if (bucket.Taken == bucket.Changed.Count)
        {
            bucket.Changed.Clear();
            bucket.Taken = 0;
            _changed.Remove(start);
        }
        ref var kept = ref CollectionsMarshal.GetValueRefOrNullRef(bucket.Keys, key);
        kept.IsChanged = false;
        revision = kept;
        return true;
    }

    /// <summary>Notes what an instance that was taken has been emitted with.</summary>
    public void Emitted(long start, byte[] key, int revision, ulong digest)
    {
        ref var kept = ref CollectionsMarshal.GetValueRefOrNullRef(_buckets[start].Keys, key);
        kept.Number = revision;
        kept.Digest = digest;
    }

    /// <summary>Forgets the instances that take no event any more.</summary>
    /// <param name="watermark">Every event to come has been judged by this watermark or a later one.</param>
    public void Forget(long watermark)
    {
        while (_starts.Count > 0 && _starts.Min is var start && plan.FinalAt(start, allowedLateness) <= watermark && !_changed.Contains(start))
        {
            Count -= _buckets[start].Keys.Count;
            _buckets.Remove(start);
            _starts.Remove(start);
        }
    }

    /// <summary>Everything that is known, earliest start first.</summary>
    public IEnumerable<(long Start, byte[] Key, WindowRevision Revision)> All()
    {
        foreach (var start in _starts)
        {
            foreach (var (key, revision) in _buckets[start].Keys) yield return (start, key, revision);
        }
    }

    /// <summary>Takes over what <see cref="All"/> gave.</summary>
    public void Restore(long start, byte[] key, WindowRevision revision)
    {
        var bucket = BucketOf(start);
        bucket.Keys.Add(key, revision);
        Count++;
        if (revision.IsChanged) Change(start, bucket, key);
    }
}

/// <summary>What has been emitted of one window of one key.</summary>
/// <param name="Number">The last revision; -1 before the first.</param>
/// <param name="Digest">XXH64 of the values that were emitted with it.</param>
/// <param name="IsChanged">Whether an event has come since.</param>
public record struct WindowRevision(int Number, ulong Digest, bool IsChanged)
{
    public static WindowRevision New => new(-1, 0, IsChanged: false);
}

/// <summary>Canonical keys by their bytes, to be looked up without an array of their own.</summary>
public sealed class KeyBytes : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static KeyBytes Instance { get; } = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

    public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)(XxHash64.Hash(alternate) >> 16);

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
