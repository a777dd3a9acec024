using System.Collections.Immutable;

namespace StreamForge.Testing.Oracle;

/// <summary>A row with what became of it on arrival: an event of an append source, or one image of a change.</summary>
/// <param name="Index">The place of its event among the arrivals, from 0.</param>
/// <param name="Watermark">The pipeline's watermark just before it, microseconds; null while there is none.</param>
/// <param name="Missed">The windows whose tile no longer accepted it; none for an event outside the view.</param>
public sealed record OracleArrival(int Index, OracleEvent Event, long? Watermark, ImmutableArray<OracleWindow> Missed)
{
    /// <summary>What the row's event is in a changelog; null for an append source.</summary>
    public OracleOp? Op { get; init; }

    /// <summary>The row is taken out.</summary>
    public bool Retracts { get; init; }

    /// <summary>The row is to be taken out, and is not there.</summary>
    public bool IsOrphan { get; init; }

    /// <summary>Whether the event has its one record in the late ledger because of this row: updates and deletes have none.</summary>
    public bool IsLate => !Missed.IsEmpty && !Retracts && (Op is null or OracleOp.Create or OracleOp.Read);

    public bool CountsIn(OracleWindow window) => Event.Key is not null && !IsOrphan && !Missed.Contains(window);
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
/// First, last and last_n: the event time is shared by events of several partitions with different values, whose order the definitions leave open; the value is that by arrival.
/// </param>
/// <param name="Magnitude">For what adds numbers up: the same over absolute values, taken out ones included, the measure of what cancelled out; 0 for others.</param>
public sealed record OracleFeature(string Name, OracleStatus Status, OracleValue? Value, bool Overflows = false, bool Open = false, double Magnitude = 0)
{
    /// <summary>One standard error of a count in HyperLogLog with 4,096 registers, as it is published: 1.04/sqrt(4096).</summary>
    private const double StandardError = 0.01625;

    /// <summary>quantile: the published error, relative to the value.</summary>
    public double RelativeError { get; init; }

    /// <summary>distinct: it is counted by a sketch.</summary>
    public bool IsEstimated { get; init; }

    /// <summary>stddev: the value is a variance's root, and Magnitude is that of the variance.</summary>
    public bool IsRoot { get; init; }

    /// <summary>
    /// Whether a double is this feature's value: within 1e-12 of it, relatively, or within 2^-50 of what cancelled out on the way
    /// (a compensated sum loses no more than a few units in the last place of the largest partial sum), or within the published error.
    /// </summary>
    public bool Matches(double actual)
    {
        var expected = Value switch
        {
            OracleValue.Real r => r.Value,
            null => throw new InvalidOperationException($"{Name} is null"),
            var exact => ExactFraction.Of(exact).ToDouble(),
        };
        if (IsRoot && Math.Abs(actual * actual - expected * expected) <= Magnitude * Math.Pow(2, -50)) return true;
        return Math.Abs(actual - expected) <= Math.Max(Math.Max(1e-12, RelativeError * (1 + 1e-9)) * Math.Abs(expected), IsRoot ? 0 : Magnitude * Math.Pow(2, -50));
    }

    /// <summary>
    /// Whether a whole number is this feature's value, or, where it is an estimate, within five standard errors of it. Of few values some may fall into one register, which is rare but no error: up to one in eight and two more.
    /// </summary>
    public bool MatchesCount(long actual)
    {
        var expected = ((OracleValue.Integer)Value!).Value;
        return IsEstimated ? Math.Abs(actual - (double)expected) <= Math.Max(2 + Math.Min((double)expected, 48) / 8, 5 * StandardError * (double)expected) : actual == expected;
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
