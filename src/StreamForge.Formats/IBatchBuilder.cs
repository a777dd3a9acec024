using StreamForge.Core;

namespace StreamForge.Formats;

/// <summary>
/// Collects what becomes a <see cref="SourceBatch"/> while an <see cref="IRecordReader"/> decodes records of one buffer into columns that it knows. One batch at a time: <see cref="Begin"/>, any number of records, <see cref="Build"/>.
/// For one thread.
/// </summary>
public interface IBatchBuilder
{
    /// <summary>What was taken since <see cref="Begin"/>, good or bad, in the measure of a batch's capacity.</summary>
    int Count { get; }

    /// <summary>Starts a batch of records whose bytes all lie in <paramref name="buffer"/>.</summary>
    /// <param name="capacity">Rows at most.</param>
    void Begin(BatchOrigin origin, byte[] buffer, int capacity);

    /// <summary>Notes the place of the record that was just decoded.</summary>
    void AddRow(long position, int start, int end);

    /// <summary>Notes a record that is a dead letter; of its bytes the first <see cref="DeadLetter.MaxRawBytes"/> are kept.</summary>
    void AddDeadLetter(long position, string reason, ReadOnlySpan<byte> raw);

    /// <summary>The batch since <see cref="Begin"/>.</summary>
    /// <param name="bytes">Uncompressed bytes read for it.</param>
    /// <param name="release">Called when the batch is disposed: the buffer is no longer used.</param>
    SourceBatch Build(PartitionCursor next, long bytes, Action? release);
}
