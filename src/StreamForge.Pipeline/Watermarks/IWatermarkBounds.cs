namespace StreamForge.Pipeline.Watermarks;

/// <summary>The bounds between which the pipeline's watermark lies for events of one partition.</summary>
/// <param name="AtLeast">What it has reached already, microseconds.</param>
/// <param name="AtMost">The least of the other active partitions' watermarks; <see cref="long.MaxValue"/> when there are none.</param>
/// <param name="Until">The position of the first event that other bounds hold for; <see cref="long.MaxValue"/> where they hold for the whole read.</param>
public readonly record struct WatermarkBounds(long AtLeast, long AtMost, long Until)
{
    /// <summary>The watermark that an event is judged by, where its partition's own is <paramref name="own"/>.</summary>
    public long Judge(long own) => Math.Max(AtLeast, Math.Min(AtMost, own));
}

/// <summary>What a partition's stage judges lateness by, besides the partition's own watermark.</summary>
public interface IWatermarkBounds
{
    /// <summary>The bounds for events of <paramref name="partition"/> from <paramref name="position"/> on.</summary>
    /// <param name="partition">The partition's index.</param>
    /// <param name="position">The position of the next event.</param>
    /// <param name="own">The partition's own watermark before it.</param>
    WatermarkBounds BoundsFor(int partition, long position, long own);

    /// <summary>A partition has brought events and its own watermark is now <paramref name="own"/>.</summary>
    void Advance(int partition, long own);
}
