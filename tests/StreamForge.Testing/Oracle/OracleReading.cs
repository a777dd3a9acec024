using System.Collections.Immutable;

namespace StreamForge.Testing.Oracle;

/// <summary>An event with what became of it on arrival.</summary>
/// <param name="Index">Its place among the arrivals, from 0.</param>
/// <param name="Watermark">The pipeline's watermark just before it, microseconds; null while there is none.</param>
/// <param name="Missed">The windows whose tile no longer accepted it; none for an event outside the view.</param>
public sealed record OracleArrival(int Index, OracleEvent Event, long? Watermark, ImmutableArray<OracleWindow> Missed)
{
    /// <summary>Whether the event has its one record in the late ledger.</summary>
    public bool IsLate => !Missed.IsEmpty;

    public bool CountsIn(OracleWindow window) => Event.Key is not null && !Missed.Contains(window);
}

public enum OracleStatus
{
    Present,
    NullValue,
    NotFound,
}

/// <summary>The interval [From, To) that an answer covers in one window, microseconds.</summary>
/// <param name="From">null for lifetime: there is no beginning.</param>
/// <param name="Kept">
/// Whether every tile of the interval may still be held at the present watermark. Where not, an engine may refuse with the earliest time it can answer.
/// A lifetime window in a view without tiles keeps one value only, so it is kept for moments after the view's newest event.
/// </param>
public sealed record OracleEffective(string Window, long? From, long To, bool Kept);

/// <summary>One feature of one key.</summary>
/// <param name="Name">Such as <c>spend_1d</c>.</param>
/// <param name="Value">null unless the status is Present.</param>
/// <param name="Overflows">A sum that does not fit its type (bigint, or 38 digits of decimal); the value is the exact one all the same.</param>
/// <param name="Open">
/// First and last: the event time is shared by events of several partitions with different values, whose order the definitions leave open; the value is that by arrival.
/// </param>
/// <param name="Magnitude">For sum and avg: the same over the absolute values, the measure of what cancelled out; 0 for others.</param>
public sealed record OracleFeature(string Name, OracleStatus Status, OracleValue? Value, bool Overflows = false, bool Open = false, double Magnitude = 0)
{
    /// <summary>
    /// Whether a double is this feature's value: within 1e-12 of it, relatively, or within 2^-50 of what cancelled out on the way
    /// (a compensated sum loses no more than a few units in the last place of the largest partial sum).
    /// </summary>
    public bool Matches(double actual)
    {
        var expected = Value switch
        {
            OracleValue.Real r => r.Value,
            null => throw new InvalidOperationException($"{Name} is null"),
            var exact => ExactFraction.Of(exact).ToDouble(),
        };
        return Math.Abs(actual - expected) <= Math.Max(1e-12 * Math.Abs(expected), Magnitude * Math.Pow(2, -50));
    }
}

/// <summary>What a lookup of one key answers.</summary>
/// <param name="Known">Whether the view has counted an event of the key from before <paramref name="At"/>.</param>
/// <param name="At">The moment that was asked for, or now by the event clock; null when that is undefined because nothing has arrived.</param>
/// <param name="Effective">One a window, in the view's order; empty when <paramref name="At"/> is null.</param>
/// <param name="Features">Window by window, and in each the view's aggregates in order.</param>
public sealed record OracleReading(bool Known, long? At, ImmutableArray<OracleEffective> Effective, ImmutableArray<OracleFeature> Features)
{
    public OracleFeature this[string feature] => Features.Single(f => f.Name == feature);
}
