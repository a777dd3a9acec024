using System.Collections.Immutable;

namespace StreamForge.Core;

/// <summary>A feature as readers see it.</summary>
/// <param name="Name">Such as <c>spend_1d</c>.</param>
/// <param name="Window">Index into the view's windows; -1 for a derived feature.</param>
/// <param name="Function">The aggregate's name, or <c>derived</c>.</param>
public sealed record FeatureDescription(string Name, DataType Type, int Window, string Function, string? Description);

/// <summary>A window as readers see it.</summary>
/// <param name="Name">The key in <c>effective</c> and the suffix of feature names: <c>1h</c>, <c>tumbling_1d</c>, <c>lifetime</c>.</param>
/// <param name="Resolution">The tile's length in microseconds; 0 for lifetime.</param>
public sealed record WindowDescription(string Name, long Resolution);

/// <summary>A view as readers see it.</summary>
public sealed record ViewDescription(
    string Pipeline, string Name, ImmutableArray<Field> Entity, ImmutableArray<WindowDescription> Windows,
    ImmutableArray<FeatureDescription> Features, string? Description)
{
    /// <summary>The feature's index, or -1.</summary>
    public int IndexOf(string feature)
    {
        for (var i = 0; i < Features.Length; i++)
        {
            if (Features[i].Name == feature) return i;
        }
        return -1;
    }
}

/// <summary>A named list of features over one or more views.</summary>
/// <param name="Features">References <c>view:feature</c>, wildcards already expanded, in order.</param>
public sealed record ServiceDescription(string Pipeline, string Name, ImmutableArray<string> Features);

/// <summary>
/// The answer to reading one key of one view. Meant to be reused by one thread for many reads; a reader overwrites all of it.
/// </summary>
public sealed class FeatureRow
{
    /// <summary>One value a feature of the view, in the view's order.</summary>
    public FeatureValue[] Values { get; set; } = [];

    /// <summary>The interval [from, to) that each of the view's windows covered, microseconds; for lifetime, from is <see cref="EventTime.MinValue"/>.</summary>
    public (long From, long To)[] Effective { get; set; } = [];

    /// <summary>Whether the key is known to the view.</summary>
    public bool Found { get; set; }

    /// <summary>The moment that was read, microseconds.</summary>
    public long At { get; set; }

    /// <summary>The pipeline's watermark, or <see cref="EventTime.MinValue"/> before there is one.</summary>
    public long Watermark { get; set; }

    /// <summary>The newest event time applied to the view, or <see cref="EventTime.MinValue"/>.</summary>
    public long NewestEvent { get; set; }

    /// <summary>The newest event time applied to this key, or <see cref="EventTime.MinValue"/>.</summary>
    public long EventTime { get; set; } = Core.EventTime.MinValue;
}

/// <summary>
/// Reads features: the port between the servers and whichever host holds the state. Safe from any thread; never waits for a worker's queue.
/// </summary>
public interface IFeatureReader
{
    ImmutableArray<ViewDescription> Views { get; }

    ImmutableArray<ServiceDescription> Services { get; }

    /// <summary>Reads one key whole, never half a batch, into <paramref name="row"/>.</summary>
    /// <param name="view">One of <see cref="Views"/>.</param>
    /// <param name="key">The canonical key (<see cref="KeyCodec"/>).</param>
    /// <param name="at">The moment to read, or null for now by the view's clock.</param>
    /// <param name="row">Overwritten with the answer.</param>
    /// <exception cref="StreamForgeException">OutOfRange when <paramref name="at"/> is older than what is kept; the sentence names the earliest possible time.</exception>
    void Read(ViewDescription view, ReadOnlySpan<byte> key, long? at, FeatureRow row);
}
