using System.Collections.Concurrent;
using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Features.Reads;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Pipeline.Reads;

/// <summary>How far time is for a read of a view.</summary>
/// <param name="Watermark">The pipeline's watermark, as the answer tells it.</param>
/// <param name="Dropped">A watermark at or after all by which the state may have dropped tiles; at least that of <paramref name="Watermark"/>.</param>
/// <param name="Newest">The newest event time applied to the view.</param>
public readonly record struct ReadTimes(long Watermark, long Dropped, long Newest);

/// <summary>Answers reads from copies of keys' states, on either host. Any thread.</summary>
/// <param name="clock">For views that are read as of now.</param>
public sealed class StateReader(TimeProvider clock)
{
    private readonly ConcurrentBag<FeatureComputer> _computers = [];

    /// <summary>Fills <paramref name="row"/> with what a key's state says.</summary>
    /// <param name="state">A copy that nobody writes; empty for an unknown key.</param>
    /// <param name="times">Looked at after the copy was made, so that what the copy has dropped is known to be dropped.</param>
    /// <param name="at">The moment to read; null for now by the view's clock.</param>
    /// <param name="feature">The feature whose tiles <paramref name="tiles"/> gets.</param>
    /// <param name="tiles">null when nobody wants them.</param>
    /// <exception cref="StreamForgeException">OutOfRange when <paramref name="at"/> is older than what is kept.</exception>
    public void Read(ViewPlan view, Span<byte> state, in ReadTimes times, long? at, FeatureRow row, int feature = -1, ICollection<FeatureTile>? tiles = null)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(row);
        var newest = state.IsEmpty ? times.Newest : Math.Max(times.Newest, KeyState.NewestOf(state));
        if (at is { } moment && view.Layout.EarliestReadable(times.Dropped, newest) is var earliest && moment < earliest)
        {
            throw new StreamForgeException(
                ErrorKind.OutOfRange, $"{view.Name} is no longer kept as of {EventTime.Format(moment)}; the earliest possible time is {EventTime.Format(earliest)}");
        }
        row.Watermark = times.Watermark;
        row.NewestEvent = newest;
        row.At = at ?? (view.Clock == ViewClock.Wall || newest == EventTime.MinValue ? EventTime.Now(clock) : newest + 1);
        if (!_computers.TryTake(out var computer)) computer = new FeatureComputer();
        computer.Compute(view, state, row);
        _computers.Add(computer);
        if (tiles is not null && row.Found && row.Values[feature].Status != FeatureStatus.OutsideMaxAge)
            WindowReader.ReadTiles(view.Layout, state, feature, row.Effective[view.Layout.Features[feature].Window], tiles, Counted(view));
    }

    /// <summary>From when on the slot that counts every row has done so.</summary>
    private static long Counted(ViewPlan view)
    {
        var count = view.Layout.Features.FirstOrDefault(f => f.Slot == view.Layout.RowsSlot);
        return count is null ? EventTime.MinValue : view.Description.Features[view.Description.IndexOf(count.Name)].Since?.Time ?? EventTime.MinValue;
    }
}
