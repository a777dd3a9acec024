namespace StreamForge.Cluster.Flushing;

/// <summary>How a silo loads and writes keys.</summary>
public sealed record BatcherOptions
{
    /// <summary>From the end of one flush to the beginning of the next, unless somebody asks for one.</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Keys in one transaction at most.</summary>
    public int ChunkKeys { get; init; } = 2_000;

    /// <summary>A transaction takes no further key once its contents are this many bytes.</summary>
    public int ChunkBytes { get; init; } = 8 << 20;

    /// <summary>Transactions at a time, 1 or 2.</summary>
    public int WritesAtOnce { get; init; } = 2;

    /// <summary>Keys in one loading statement at most.</summary>
    public int LoadKeys { get; init; } = 4_000;

    /// <summary>Keys that may wait to be loaded; a request beyond is refused, to be repeated.</summary>
    public int MaxLoadsWaiting { get; init; } = 200_000;

    /// <summary>The pause after a write that failed, doubled each time up to <see cref="LongestPause"/>.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);
}
