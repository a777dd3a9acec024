using System.Runtime.InteropServices;
using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Features.Windows;

/// <summary>When the first and the last event of a tile happened: what sessions are cut by. The last slot of a view with session windows; no feature reads it, it counts every row, and the lifetime accumulators leave it out.</summary>
public interface ISessionSpan : IAggregate
{
    /// <summary>The first and the last event time, microseconds, of an accumulator that holds at least one.</summary>
    (long First, long Last) Times(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap);
}

/// <summary>Two event times, shifted so that none is 0.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SpanOfTimes
{
    public long First;
    public long Last;
}

/// <summary>Event times of rows that are only added: the first and the last alone.</summary>
public sealed class SessionSpan : FixedAggregate<SpanOfTimes>, ISessionSpan
{
    /// <summary>Beyond all event times, so that a shifted one is not 0.</summary>
    private const long Shift = 1L << 62;

    public override string StateName => "session.times";

    public override DataType ResultType => DataType.TimestampTz;

    public (long First, long Last) Times(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap)
    {
        ref readonly var state = ref MemoryMarshal.AsRef<SpanOfTimes>(slot);
        return (state.First - Shift, state.Last - Shift);
    }

    protected override void Add(ref SpanOfTimes state, in RowInput input) => Join(ref state, new SpanOfTimes { First = input.Time + Shift, Last = input.Time + Shift });

    protected override void Join(ref SpanOfTimes state, in SpanOfTimes other)
    {
        if (other.First == 0) return;
        state.First = state.First == 0 ? other.First : Math.Min(state.First, other.First);
        state.Last = Math.Max(state.Last, other.Last);
    }

    protected override FeatureValue Result(in SpanOfTimes state) =>
        state.Last == 0 ? FeatureValue.Missing(ResultType, FeatureStatus.NullValue) : FeatureValue.OfInt64(ResultType, state.Last - Shift);
}
