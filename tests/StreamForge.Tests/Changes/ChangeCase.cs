using System.Text;
using StreamForge.Core;
using StreamForge.Pipeline.Changes;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Tests.Changes;

/// <summary>A tracker over hand-made changes, and the table that its rows add up to.</summary>
internal sealed class ChangeCase
{
    public static readonly Schema Columns = new([
        new Field("id", DataType.BigInt), new Field("amount", DataType.BigInt), new Field("note", DataType.String), new Field("at", DataType.Timestamp),
    ]);

    private static readonly PartitionId Partition = new("orders", 0);

    private readonly bool _stored;
    private readonly int _partitions;
    private ChangeTracker _tracker;
    private long _offset;

    public ChangeCase(bool stored, int partitions = 1)
    {
        _stored = stored;
        _partitions = partitions;
        _tracker = NewTracker(null);
    }

    public static SourcePlan Source { get; } = new(
        new SourceDefinition("orders", default, new UnreadableSourceOptions(), null, null, TimeZoneInfo.Utc, WatermarkDefinition.Default, OnError.DeadLetter), Columns, Columns, 3, [], [], []);

    public MemoryImageStore Images { get; private set; } = new();

    /// <summary>How often each row has been added more than taken out; no row is ever taken out more often than added.</summary>
    public Dictionary<TableRow, int> Table { get; } = [];

    /// <summary>Each row that came out: its op, the row, and whether its watermark is held.</summary>
    public List<(ChangeOp Op, TableRow Row, bool IsHeld)> Rows { get; } = [];

    public List<LateRecord> Orphans { get; } = [];

    /// <summary>Columns that are the record's and not the row's.</summary>
    public int[] RecordColumns { get; init; } = [];

    public int Duplicates { get; private set; }

    public int PassedOver { get; private set; }

    public int Events { get; private set; }

    public int Truncates { get; private set; }

    private ChangeTracker NewTracker(string? state) => new(Source, Partition, _partitions, _stored ? Images : null, state);

    /// <summary>Goes on as another process would, from what a checkpoint taken now has.</summary>
    public void Restart()
    {
        var images = new MemoryImageStore();
        Images.Visit((key, image) => images.Put(key, image));
        Images = images;
        _tracker = NewTracker(_tracker.Save());
    }

    /// <summary>Takes the changes in as one read.</summary>
    public void Take(params ReadOnlySpan<Change> changes)
    {
        using var read = Read(changes);
        using var tracked = _tracker.Track(read);
        for (var row = 0; row < tracked.Batch.Count; row++)
        {
            var op = (ChangeOp)tracked.Batch.Headers.Ops[row];
            var values = RowOf(tracked.Batch, row);
            Rows.Add((op, values, tracked.Held?[row] == true));
            var count = Table.GetValueOrDefault(values) + (op.Retracts() ? -1 : 1);
            Assert.True(count >= 0, $"{values} is taken out, but has not been added");
            if (count == 0) Table.Remove(values);
            else Table[values] = count;
            Assert.Equal(read.Changes!.Events[tracked.Events[row]].Position, tracked.Batch.Headers.Positions[row]);
        }
        Orphans.AddRange(tracked.Orphans.Select(o => o.Record));
        Duplicates += tracked.Duplicates;
        PassedOver += tracked.PassedOver;
        Events += tracked.Changes;
        Truncates += tracked.Truncates;
    }

    public StreamForgeException Stops(params Change[] changes) => Assert.Throws<StreamForgeException>(() => Take(changes));

    /// <summary>The last images of all rows that are not dead.</summary>
    public HashSet<TableRow> Stored()
    {
        var codec = new ImageCodec(Columns);
        var rows = new HashSet<TableRow>();
        Images.Visit((_, image) =>
        {
            if (ImageCodec.Head(image).IsDead) return;
            var columns = NewColumns();
            codec.Append(image, columns);
            using var holder = new SourceBatch(new ColumnBatch(Columns, columns, new RowHeaders(1), new BatchOrigin(Partition, "")), new NoRaw(), [], PartitionCursor.Start, 0);
            rows.Add(RowOf(holder.Batch, 0));
        });
        return rows;
    }

    private static Column[] NewColumns() => [.. Columns.Fields.Select(f => Column.Create(f.Type, 4))];

    private static TableRow RowOf(ColumnBatch batch, int row) => new(
        ((Int64Column)batch[0])[row], ((Int64Column)batch[1])[row], ((BytesColumn)batch[2]).GetString(row), ((Int64Column)batch[3])[row]);

    /// <summary>The changes as a source reads them.</summary>
    public SourceBatch Read(params ReadOnlySpan<Change> changes)
    {
        var columns = NewColumns();
        var (events, keys, unavailable, positions, ops) = (new List<ChangeEvent>(), new BytesColumn(DataType.Bytes, changes.Length), new List<(int, int)>(), new List<long>(), new List<ChangeOp>());
        foreach (var change in changes)
        {
            var position = _offset++;
            var before = Append(change.IsUndecodable ? null : change.Before, position, change.Kind == ChangeKind.Delete ? ChangeOp.Delete : ChangeOp.Before, lacksNote: false);
            var after = Append(change.IsUndecodable ? null : change.After, position, change.Kind switch { ChangeKind.Create => ChangeOp.Create, ChangeKind.Read => ChangeOp.Read, _ => ChangeOp.Update }, change.LacksNote);
            if (change.Key is { } key) keys.Append(KeyOf(key));
            else keys.AppendNull();
            events.Add(new ChangeEvent(change.Kind, position, before, after, change.IsWhole, change.Snapshot, change.At, change.Stream));
        }
        var headers = new RowHeaders(positions.Count);
        for (var row = 0; row < positions.Count; row++)
        {
            headers.Positions[row] = positions[row];
            headers.Ops[row] = (byte)ops[row];
        }
        return new SourceBatch(new ColumnBatch(Columns, columns, headers, new BatchOrigin(Partition, "")), new NoRaw(), [], PartitionCursor.Start, 0)
        {
            Changes = new ChangeEvents { Events = events, Keys = keys, Unavailable = unavailable, RecordColumns = RecordColumns, Raw = new NoRaw() },
        };

        int Append(TableRow? row, long position, ChangeOp op, bool lacksNote)
        {
            if (row is null) return -1;
            ((Int64Column)columns[0]).Append(row.Id);
            ((Int64Column)columns[1]).Append(row.Amount);
            if (row.Note is null || lacksNote) columns[2].AppendNull();
            else ((BytesColumn)columns[2]).Append(row.Note);
            if (lacksNote) unavailable.Add((positions.Count, 2));
            ((Int64Column)columns[3]).Append(row.At);
            positions.Add(position);
            ops.Add(op);
            return positions.Count - 1;
        }
    }

    public static byte[] KeyOf(long id)
    {
        var column = new Int64Column(DataType.BigInt, 1);
        column.Append(id);
        var key = new byte[18];
        return key[..KeyCodec.Write(column, 0, key)];
    }

    private sealed class NoRaw : IRawRows
    {
        private static readonly byte[] Text = Encoding.UTF8.GetBytes("{}");

        public ReadOnlySpan<byte> this[int row] => Text;
    }
}
