using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;
using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Engine;

/// <summary>Some events of a case as a source brings them, decoded.</summary>
internal static class CaseBatch
{
    private static readonly ImmutableArray<Field> PrimaryKey = [new("id", DataType.String)];

    private sealed class NoRaw : IRawRows
    {
        public ReadOnlySpan<byte> this[int row] => "raw"u8;
    }

    /// <summary>An image, the index of its event, and what it is.</summary>
    private readonly record struct Row(int Index, OracleImage Image, string? Id, ChangeOp Op);

    /// <summary>Events that follow one another and are of one partition.</summary>
    public static SourceBatch Of(OracleCase scenario, PipelinePlan plan, int from, int length)
    {
        if (scenario.View.Source != OracleSource.Append) return Changes(scenario, plan, from, length);
        var rows = Enumerable.Range(from, length).Select(i => new Row(i, new OracleImage(scenario.Events[i].Time, scenario.Events[i].Key, scenario.Events[i].Values), null, ChangeOp.Create));
        return new SourceBatch(Batch(scenario, plan, from, [.. rows]), new NoRaw(), [], PartitionCursor.Start, length);
    }

    private static SourceBatch Changes(OracleCase scenario, PipelinePlan plan, int from, int length)
    {
        var (rows, events, unavailable) = (new List<Row>(), new List<ChangeEvent>(), new List<(int, int)>());
        var keys = new BytesColumn(DataType.Bytes, length);
        for (var i = from; i < from + length; i++)
        {
            var change = scenario.Changes[i];
            if (change.Id is null) keys.AppendNull();
            else keys.Append(KeyCodec.FromText(PrimaryKey, new Dictionary<string, string> { ["id"] = change.Id }));
            var before = Add(change.Before, change.Op == OracleOp.Delete ? ChangeOp.Delete : ChangeOp.Before);
            var after = Add(change.After, change.Op switch { OracleOp.Create => ChangeOp.Create, OracleOp.Read => ChangeOp.Read, _ => ChangeOp.Update });
            foreach (var column in change.After?.Unavailable ?? [])
            {
                if (plan.Sources[0].Columns.IndexOf(column) is >= 0 and var index) unavailable.Add((after, index));
            }
            events.Add(new ChangeEvent(Kind(change.Op), i, before, after, change.Before is not null, Phase(change.Snapshot), Position(change), Stream: 0));

            int Add(OracleImage? image, ChangeOp op)
            {
                if (image is null) return -1;
                rows.Add(new Row(i, image, change.Id, op));
                return rows.Count - 1;
            }
        }
        return new SourceBatch(Batch(scenario, plan, from, rows), new NoRaw(), [], PartitionCursor.Start, length)
        {
            Changes = new ChangeEvents { Events = events, Keys = keys, Unavailable = unavailable, Raw = new NoRaw() },
        };
    }

    private static ChangeKind Kind(OracleOp op) => op switch
    {
        OracleOp.Create => ChangeKind.Create,
        OracleOp.Update => ChangeKind.Update,
        OracleOp.Delete => ChangeKind.Delete,
        OracleOp.Read => ChangeKind.Read,
        OracleOp.Truncate => ChangeKind.Truncate,
        OracleOp.Tombstone => ChangeKind.Tombstone,
        _ => ChangeKind.Other,
    };

    private static SnapshotPhase Phase(OracleSnapshot snapshot) => snapshot switch
    {
        OracleSnapshot.Reading => SnapshotPhase.Reading,
        OracleSnapshot.Last => SnapshotPhase.Last,
        OracleSnapshot.Incremental => SnapshotPhase.Incremental,
        _ => SnapshotPhase.None,
    };

    private static SourcePosition Position(OracleChange change) =>
        change.Position is { } position ? new SourcePosition(0, (ulong)position.Major, (ulong)position.Minor, 0) : SourcePosition.None;

    private static ColumnBatch Batch(OracleCase scenario, PipelinePlan plan, int from, List<Row> rows)
    {
        var read = plan.Sources[0].Columns;
        var columns = read.Fields.Select(f => Column.Create(f.Type, Math.Max(1, rows.Count))).ToArray();
        var headers = new RowHeaders(rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            headers.Positions[i] = rows[i].Index;
            headers.Ops[i] = (byte)rows[i].Op;
            for (var c = 0; c < columns.Length; c++) Append(columns[c], rows[i], read[c].Name);
        }
        return new ColumnBatch(read, columns, headers, new BatchOrigin(new PartitionId("s", scenario.PartitionOf(from)), ""));
    }

    private static void Append(Column column, in Row row, string name)
    {
        var value = name switch
        {
            "t" => row.Image.Time is { } time ? new OracleValue.Integer(time) : null,
            "k" => row.Image.Key is { } key ? new OracleValue.Text(key) : null,
            "id" => row.Id is { } id ? new OracleValue.Text(id) : null,
            _ => row.Image[name],
        };
        switch (value)
        {
            case null: column.AppendNull(); break;
            case OracleValue.Integer i: ((Int64Column)column).Append((long)i.Value); break;
            case OracleValue.Decimal d: ((DecimalColumn)column).Append((Int128)d.Unscaled); break;
            case OracleValue.Real r: ((DoubleColumn)column).Append(r.Value); break;
            case OracleValue.Text t: ((BytesColumn)column).Append(t.Value); break;
        }
    }
}
