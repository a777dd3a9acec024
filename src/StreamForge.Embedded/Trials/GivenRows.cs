using System.Collections.Immutable;
using System.Text;
using StreamForge.Core;
using StreamForge.Formats;
using StreamForge.Formats.Json;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Trials;

/// <summary>The rows that a test gives, as a source would deliver them.</summary>
internal static class GivenRows
{
    /// <summary>Decodes JSON objects into the columns that the pipeline reads; what does not fit becomes a dead letter, as it would from the source.</summary>
    public static SourceBatch Read(SourcePlan source, IReadOnlyList<string> rows)
    {
        if (source.Definition.Changelog is not null) return GivenChanges.Read(source, rows, Options(source, source.Columns), columns => Options(source, columns));
        var partition = new PartitionId(source.Name, 0);
        var errors = new RowErrors();
        var batch = JsonRows.Decode(rows, source.Columns, Options(source, source.Columns), new BatchOrigin(partition, "given"), errors);
        var letters = errors.Reasons.OrderBy(e => e.Key)
            .Select(e => new DeadLetter(partition, batch.Origin.Describe(e.Key), null, e.Value, Encoding.UTF8.GetBytes(rows[e.Key]))).ToList();
        var raw = new RawTexts([.. Indexes(batch).Select(i => Encoding.UTF8.GetBytes(rows[i]))]);
        return new SourceBatch(batch, raw, letters, PartitionCursor.Start, 0);
    }

    /// <summary>The newest event time among the rows; <see cref="EventTime.MinValue"/> when none has one.</summary>
    public static long Newest(SourcePlan source, ColumnBatch batch)
    {
        var times = (Int64Column)batch[source.EventTimeColumn];
        var newest = EventTime.MinValue;
        for (var row = 0; row < batch.Count; row++)
        {
            if (!times.IsNull(row)) newest = Math.Max(newest, times[row]);
        }
        return newest;
    }

    private static int[] Indexes(ColumnBatch batch)
    {
        var indexes = new int[batch.Count];
        for (var row = 0; row < indexes.Length; row++) indexes[row] = (int)batch.Headers.Positions[row];
        return indexes;
    }

    private static DecodeOptions Options(SourcePlan source, Schema columns)
    {
        var declared = source.Definition.Schema ?? [];
        var units = columns.Fields.Select(c => declared.FirstOrDefault(d => d.Name == c.Name)?.Unit ?? 0);
        return new DecodeOptions(source.Definition.TimeZone, [.. units]);
    }

    private sealed class RawTexts(ImmutableArray<byte[]> texts) : IRawRows
    {
        public ReadOnlySpan<byte> this[int row] => texts[row];
    }
}
