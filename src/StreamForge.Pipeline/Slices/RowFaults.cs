using StreamForge.Core;

namespace StreamForge.Pipeline.Slices;

/// <summary>
/// Turns failing rows of any batch that comes from one read into dead letters, one an event however many steps fail for it. Rows are told apart by
/// their order number, which filters keep. Of a changelog, where rows of one event share its number, only rows that add can fail: what fails when it is taken out has failed before, when it was added.
/// </summary>
/// <param name="events">The bytes of the event behind a row, by how far its order is from <paramref name="firstOrder"/>.</param>
internal sealed class RowFaults(IRawRows events, BatchOrigin origin, long firstOrder, List<DeadLetter> target)
{
    private readonly HashSet<long> _failed = [];

    public RowErrors Errors { get; } = new();

    /// <summary>The bytes of the event behind a row.</summary>
    public byte[] Raw(long order)
    {
        var raw = events[(int)(order - firstOrder)];
        return raw[..Math.Min(raw.Length, DeadLetter.MaxRawBytes)].ToArray();
    }

    public string Position(long position) => origin.Describe(position);

    /// <summary>Makes dead letters of the rows of <paramref name="batch"/> that were reported since the last call.</summary>
    /// <param name="step">What failed, for the reason: <c>transformation lines</c>.</param>
    public void Flush(ColumnBatch batch, string step)
    {
        if (!Errors.Any) return;
        foreach (var (row, reason) in Errors.Reasons.OrderBy(e => e.Key)) Add(batch, row, $"{step}: {reason}");
        Errors.Clear();
    }

    public void Add(ColumnBatch batch, int row, string reason)
    {
        if (((ChangeOp)batch.Headers.Ops[row]).Retracts()) return;
        var order = batch.Headers.Orders[row];
        if (!_failed.Add(order)) return;
        var time = batch.Headers.EventTimes[row];
        target.Add(new DeadLetter(
            batch.Origin.Partition, Position(batch.Headers.Positions[row]), time == EventTime.MinValue ? null : time, reason, Raw(order)));
    }
}
