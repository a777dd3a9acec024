using StreamForge.Core;
using StreamForge.Pipeline.Plans;
using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Engine;

/// <summary>Some events of a case as a source brings them, decoded.</summary>
internal static class CaseBatch
{
    private sealed class NoRaw : IRawRows
    {
        public ReadOnlySpan<byte> this[int row] => "raw"u8;
    }

    /// <summary>Events that follow one another and are of one partition.</summary>
    public static SourceBatch Of(OracleCase scenario, PipelinePlan plan, int from, int length)
    {
        var rows = scenario.View.Source == OracleSource.Append ? Appended(scenario, from, length) : throw new NotSupportedException();
        return new SourceBatch(Batch(scenario, plan, from, rows), new NoRaw(), [], PartitionCursor.Start, length);
    }

    /// <summary>An image, the index of its event, and what it is.</summary>
    private readonly record struct Row(int Index, OracleImage Image, string? Id, ChangeOp Op);

    private static List<Row> Appended(OracleCase scenario, int from, int length) =>
        [.. Enumerable.Range(from, length).Select(i => new Row(i, new OracleImage(scenario.Events[i].Time, scenario.Events[i].Key, scenario.Events[i].Values), null, ChangeOp.Create))];

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
