using System.Collections.Immutable;

namespace StreamForge.Testing.Oracle;

/// <summary>A view and the events that arrive, in order: all that the oracle needs, and all that reproduces a failure.</summary>
/// <param name="Events">In order of arrival, where the source is an append source.</param>
/// <param name="Signals">When partitions fall idle or finish, in order.</param>
public sealed record OracleCase(OracleView View, ImmutableArray<OracleEvent> Events, ImmutableArray<OracleSignal> Signals)
{
    /// <summary>In order of arrival, where the source is a changelog; then there are no <see cref="Events"/>.</summary>
    public ImmutableArray<OracleChange> Changes { get; init; } = [];

    /// <summary>One for each event or change, where a host has settled by what time each is judged; else empty, and partitions hold one another back as the events arrive.</summary>
    public ImmutableArray<OracleBounds> Bounds { get; init; } = [];

    /// <summary>With <see cref="Bounds"/>: the pipeline's watermark after everything.</summary>
    public long? Reached { get; init; }

    /// <summary>How many events or changes arrive.</summary>
    public int Length => View.Source == OracleSource.Append ? Events.Length : Changes.Length;

    public OracleCase(OracleView view, params OracleEvent[] events) : this(view, [.. events], [])
    {
    }

    /// <summary>The partition that brings the event at an index.</summary>
    public int PartitionOf(int index) => View.Source == OracleSource.Append ? Events[index].Partition : Changes[index].Partition;

    /// <summary>The case as it was when only the first <paramref name="count"/> events had arrived.</summary>
    public OracleCase First(int count) => this with
    {
        Events = View.Source == OracleSource.Append ? Events[..count] : Events,
        Changes = View.Source == OracleSource.Append ? Changes : Changes[..count],
        Signals = [.. Signals.Where(s => s.Before <= count)],
    };

    /// <summary>The case as plain JSON, the form that <see cref="Parse"/> reads.</summary>
    public string ToJson() => OracleCaseJson.Write(this);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    public static OracleCase Parse(string json) => OracleCaseJson.Read(json);

    /// <summary>The JSON: what a failing property prints.</summary>
    public override string ToString() => ToJson();
}
