using StreamForge.Core;

namespace StreamForge.Pipeline.Slices;

/// <summary>
/// Turns failing rows of any batch that comes from one read into dead letters, one an event however many steps fail for it. Rows are told apart by
/// their order number, which filters keep.
/// </summary>
internal sealed class RowFaults(SourceBatch read, long firstOrder, List<DeadLetter> target)
{
    private readonly HashSet<long> _failed = [];

    public RowErrors Errors { get; } = new();

    /// <summary>The bytes of the event behind a row.</summary>
    public byte[] Raw(long order)
    {
        var raw = read.Raw[(int)(order - firstOrder)];
        return raw[..Math.Min(raw.Length, DeadLetter.MaxRawBytes)].ToArray();
    }

    public string Position(long position) => read.Batch.Origin.Describe(position);

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
        var order = batch.Headers.Orders[row];
        if (!_failed.Add(order)) return;
        var time = batch.Headers.EventTimes[row];
        target.Add(new DeadLetter(
            batch.Origin.Partition, Position(batch.Headers.Positions[row]), time == EventTime.MinValue ? null : time, reason, Raw(order)));
    }
}
