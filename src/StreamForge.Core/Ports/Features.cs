using System.Collections.Immutable;

namespace StreamForge.Core;

/// <summary>A feature as readers see it.</summary>
/// <param name="Name">Such as <c>spend_1d</c>.</param>
/// <param name="Window">Index into the view's windows; -1 for a derived feature.</param>
/// <param name="Function">The aggregate's name, or <c>derived</c>.</param>
public sealed record FeatureDescription(string Name, DataType Type, int Window, string Function, string? Description)
{
    /// <summary>Of a derived feature: what it is computed by, as the definition writes it; null for others.</summary>
    public string? Expression { get; init; }

    /// <summary>Of a derived feature: the features that it reads; empty for others.</summary>
    public ImmutableArray<string> Inputs { get; init; } = [];

    /// <summary>From when on it counts; null when it has counted since the log's beginning.</summary>
    public FeatureSince? Since { get; init; }

    /// <summary>How far its values may be from the truth; null where they are exact.</summary>
    public FeatureError? Error { get; init; }
}

/// <summary>
/// From when on a feature counts that was taken into a pipeline which had been running: events at or after <paramref name="Time"/> are in it whole, earlier ones only as far as they came later in the log.
/// </summary>
/// <param name="Time">Event time in microseconds.</param>
/// <param name="WholeFrom">The moment from which on its window holds nothing that lies before <paramref name="Time"/>, microseconds; null for a window that never comes so far (lifetime).</param>
/// <param name="Positions">The positions in the log after which it counts, as <c>orders/0 at orders.csv:1024</c>; empty when it was made of tiles that were kept.</param>
public sealed record FeatureSince(long Time, long? WholeFrom, ImmutableArray<string> Positions);

/// <summary>A published error.</summary>
/// <param name="Relative">As a share of the true value.</param>
/// <param name="Meaning">What kind of error it is, such as <c>standard error beyond 1000 different values</c>.</param>
public sealed record FeatureError(double Relative, string Meaning)
{
    /// <summary>For people, such as <c>1 % of the quantile's own value</c>.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Relative * 100:0.######} % {Meaning}");
}

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

/// <summary>A part of a feature's window: what the events of [from, to) alone come to.</summary>
/// <param name="From">Microseconds; <see cref="EventTime.MinValue"/> for what a lifetime window keeps of all events before its first tile.</param>
/// <param name="Value">What the feature would be if these were the only events.</param>
public readonly record struct FeatureTile(long From, long To, FeatureValue Value)
{
    /// <summary>How many rows these are; null where the view keeps no count of all its rows.</summary>
    public long? Rows { get; init; }
}

/// <summary>Some keys of a view.</summary>
/// <param name="Total">Keys that the view holds.</param>
/// <param name="Keys">Canonical keys.</param>
public sealed record KeySample(long Total, ImmutableArray<byte[]> Keys);

/// <summary>
/// Reads features: the port between the servers and whichever host holds the state. Safe from any thread; never waits for a worker's queue.
/// Where the state lives on several machines, keys are gathered before they are read (<see cref="MustGather"/>).
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

    /// <summary>Reads one key as <see cref="Read"/> does, and with it the tiles that one of its features was computed from, of the same state.</summary>
    /// <param name="feature">Index into the view's features, not that of a derived one, which has no tiles of its own.</param>
    /// <returns>The tiles in which the key has events, ascending.</returns>
    ImmutableArray<FeatureTile> ReadTiles(ViewDescription view, ReadOnlySpan<byte> key, int feature, long? at, FeatureRow row);

    /// <summary>Some keys that the view knows, those with the longest history first: something to look at for whoever knows none. Not all keys are looked at.</summary>
    KeySample SampleKeys(ViewDescription view, int limit);

    /// <summary>
    /// Whether the state is out of reach for a call that does not wait: then a key is read through what <see cref="GatherAsync"/> gives for it, and keys are sampled with <see cref="SampleKeysAsync"/>. Where it
    /// is false, as in the embedded host, both are unnecessary.
    /// </summary>
    bool MustGather => false;

    /// <summary>Brings the states of some keys here, and gives a reader that answers for these without waiting, all as of one moment.</summary>
    /// <param name="keys">Views of <see cref="Views"/> and canonical keys, which nobody changes meanwhile.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="StreamForgeException">A part of the state cannot be reached at present; retryable.</exception>
    ValueTask<IFeatureReader> GatherAsync(IReadOnlyList<(ViewDescription View, byte[] Key)> keys, CancellationToken cancellation) => new(this);

    /// <summary>As <see cref="SampleKeys"/>, but may wait.</summary>
    ValueTask<KeySample> SampleKeysAsync(ViewDescription view, int limit, CancellationToken cancellation) => new(SampleKeys(view, limit));
}
