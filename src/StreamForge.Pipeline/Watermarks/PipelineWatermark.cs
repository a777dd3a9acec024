using StreamForge.Core;

namespace StreamForge.Pipeline.Watermarks;

/// <summary>What a partition means for the pipeline's watermark.</summary>
public enum PartitionActivity : byte
{
    /// <summary>Holds the watermark back to its own.</summary>
    Active,

    /// <summary>Has brought nothing for its idle timeout; holds nothing back until it brings something again.</summary>
    Idle,

    /// <summary>Has been read to its end.</summary>
    Finished,
}

/// <summary>
/// The watermark of a pipeline: the promise that no more events before it are expected.
/// <para>
/// Each partition's own watermark is the newest event time it has seen minus its out-of-orderness. The pipeline's is the least of those of its active
/// partitions; while all are idle it holds; when all are finished it is the largest of theirs. It never passes what was seen and never moves back: a partition
/// that wakes up behind it finds its events late, not the watermark lowered.
/// </para>
/// Each partition is moved by its own thread; any thread may read.
/// </summary>
/// <param name="partitions">How many partitions there are.</param>
public sealed class PipelineWatermark(int partitions) : IWatermarkBounds
{
    private readonly Lock _lock = new();
    private readonly long[] _own = Enumerable.Repeat(EventTime.MinValue, partitions).ToArray();
    private readonly PartitionActivity[] _activity = new PartitionActivity[partitions];
    private long _current = EventTime.MinValue;

    /// <summary>The pipeline's watermark; <see cref="EventTime.MinValue"/> before there is one.</summary>
    public long Current => Volatile.Read(ref _current);

    /// <summary>A partition's own watermark.</summary>
    public long Own(int partition)
    {
        lock (_lock) return _own[partition];
    }

    public PartitionActivity Activity(int partition)
    {
        lock (_lock) return _activity[partition];
    }

    /// <summary>Sets what a checkpoint recorded.</summary>
    public void Restore(int partition, long own, long current)
    {
        lock (_lock)
        {
            _own[partition] = own;
            if (current > _current) Volatile.Write(ref _current, current);
        }
    }

    /// <summary>
    /// The bounds between which the pipeline's watermark lies for an event of <paramref name="partition"/>: it is the partition's own, but at most the least of the other active
    /// partitions' and at least what it has reached already.
    /// </summary>
    public (long AtLeast, long AtMost) BoundsFor(int partition)
    {
        lock (_lock)
        {
            var least = long.MaxValue;
            for (var i = 0; i < _own.Length; i++)
            {
                if (i != partition && _activity[i] == PartitionActivity.Active) least = Math.Min(least, _own[i]);
            }
            return (_current, least);
        }
    }

    WatermarkBounds IWatermarkBounds.BoundsFor(int partition, long position, long own)
    {
        var (atLeast, atMost) = BoundsFor(partition);
        return new WatermarkBounds(atLeast, atMost, Until: long.MaxValue);
    }

    /// <summary>A partition has brought events and its own watermark is now <paramref name="own"/>.</summary>
    public void Advance(int partition, long own)
    {
        lock (_lock)
        {
            if (own > _own[partition]) _own[partition] = own;
            _activity[partition] = PartitionActivity.Active;
            Recompute();
        }
    }

    /// <summary>A partition's own watermark is now <paramref name="own"/>, unless it was further, and it is as <paramref name="activity"/> says.</summary>
    public void Note(int partition, long own, PartitionActivity activity)
    {
        lock (_lock)
        {
            if (own > _own[partition]) _own[partition] = own;
            _activity[partition] = activity;
            Recompute();
        }
    }

    /// <summary>A partition has become idle or finished.</summary>
    public void Set(int partition, PartitionActivity activity)
    {
        lock (_lock)
        {
            _activity[partition] = activity;
            Recompute();
        }
    }

    private void Recompute()
    {
        long least = long.MaxValue, largest = EventTime.MinValue;
        var finished = 0;
        for (var i = 0; i < _own.Length; i++)
        {
            largest = Math.Max(largest, _own[i]);
            if (_activity[i] == PartitionActivity.Active) least = Math.Min(least, _own[i]);
            if (_activity[i] == PartitionActivity.Finished) finished++;
        }
        if (finished == _own.Length) least = largest;
        if (least != long.MaxValue && least > _current) Volatile.Write(ref _current, least);
    }
}
