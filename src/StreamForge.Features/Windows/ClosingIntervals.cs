using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using StreamForge.Core;
using StreamForge.Features.KeyState;

namespace StreamForge.Features.Windows;

/// <summary>
/// The instances of a tumbling or hopping window. They stand in buckets by their start, so that neither closing nor forgetting looks at any that are not concerned: the cost of a batch is that of the instances it
/// touches and of those that become due. Overlapping instances are touched each for itself.
/// </summary>
public sealed class ClosingIntervals(WindowPlan plan, ViewLayout layout) : ClosingWindow(plan, layout)
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

    public override void Touch(ReadOnlySpan<byte> key, Span<byte> region, ViewRows rows, ReadOnlySpan<int> run)
    {
        var touched = EventTime.MinValue;
        foreach (var row in run)
        {
            var time = rows.Times[row];
            var first = Plan.FirstStartOf(time);
            if (first == touched || !Plan.Accepts(time, rows.Watermarks[row], Layout.AllowedLateness) || !rows.TakesAny(row, Layout.AggregateSlots)) continue;
            var last = Plan.LastStartOf(time);
            for (var start = first; start <= last; start += Plan.Every) Touch(start, key);
            // Where the hop does not divide the length, the first instance alone does not say which is the last.
            if (Plan.Size % Plan.Every == 0) touched = first;
        }
    }

    /// <summary>The instance that begins at <paramref name="start"/> has taken a row of <paramref name="key"/> that it may not have been emitted with.</summary>
    private void Touch(long start, ReadOnlySpan<byte> key)
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

    /// <summary>Earliest start first.</summary>
    public override bool TryTake(long watermark, bool all, KeyStates states, out long start, [NotNullWhen(true)] out byte[]? key, out WindowRevision revision)
    {
        start = _changed.Count > 0 ? _changed.Min : 0;
        if (_changed.Count == 0 || (!all && Plan.EndOf(start) > watermark))
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

    public override void Emitted(long start, byte[] key, WindowRevision revision) => CollectionsMarshal.GetValueRefOrNullRef(_buckets[start].Keys, key) = revision;

    public override void Forget(long watermark, KeyStates states)
    {
        while (_starts.Count > 0 && _starts.Min is var start && Plan.FinalAt(Plan.EndOf(start), Layout.AllowedLateness) <= watermark && !_changed.Contains(start))
        {
            Count -= _buckets[start].Keys.Count;
            _buckets.Remove(start);
            _starts.Remove(start);
        }
    }

    /// <summary>Earliest start first.</summary>
    public override IEnumerable<(long Start, byte[] Key, WindowRevision Revision)> All()
    {
        foreach (var start in _starts)
        {
            foreach (var (key, revision) in _buckets[start].Keys) yield return (start, key, revision);
        }
    }

    public override void Restore(long start, byte[] key, WindowRevision revision)
    {
        var bucket = BucketOf(start);
        bucket.Keys.Add(key, revision);
        Count++;
        if (revision.IsChanged) Change(start, bucket, key);
    }
}
