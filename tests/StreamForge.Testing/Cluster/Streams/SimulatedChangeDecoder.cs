using System.Buffers.Binary;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;
using StreamForge.Testing.Cluster.Workload;

namespace StreamForge.Testing.Cluster.Streams;

/// <summary>Decodes the polls of a <see cref="SimulatedTopic"/> whose records are changes: what their offsets stand for is looked up.</summary>
internal sealed class SimulatedChangeDecoder : IPollDecoder
{
    private readonly Schema _columns;
    private readonly BatchOrigin _origin;
    private readonly Dictionary<long, WorkloadChange> _changes;

    public SimulatedChangeDecoder(SourcePlan source, int partition, IEnumerable<WorkloadChange> changes)
    {
        _columns = source.Columns;
        _origin = new BatchOrigin(new PartitionId(source.Name, partition), "");
        _changes = changes.Where(c => c.Partition == partition).ToDictionary(static c => c.Offset);
    }

    private sealed class Lines(IReadOnlyList<byte[]> lines) : IRawRows
    {
        public ReadOnlySpan<byte> this[int row] => lines[row];
    }

    public SourceBatch Decode(PollBatch batch)
    {
        var (rows, events, unavailable, raw) = (new List<(WorkloadChange Change, WorkloadImage Image, ChangeOp Op)>(), new List<ChangeEvent>(), new List<(int, int)>(), new List<byte[]>());
        var keys = new BytesColumn(DataType.Bytes, 16);
        for (var payload = batch.Payload.Span; payload.Length > 0; payload = payload[(12 + BinaryPrimitives.ReadInt32LittleEndian(payload[8..]))..])
        {
            var change = _changes[BinaryPrimitives.ReadInt64LittleEndian(payload)];
            raw.Add(change.ToBytes());
            if (change.Key is { } key) keys.Append(key);
            else keys.AppendNull();
            var before = Add(change.Before, change.Kind == ChangeKind.Delete ? ChangeOp.Delete : ChangeOp.Before);
            var after = Add(change.After, change.Kind switch { ChangeKind.Create => ChangeOp.Create, ChangeKind.Read => ChangeOp.Read, _ => ChangeOp.Update });
            if (change.After is { LacksKind: true } && _columns.IndexOf("kind") is >= 0 and var kind) unavailable.Add((after, kind));
            events.Add(new ChangeEvent(change.Kind, change.Offset, before, after, change.Before is not null, change.Snapshot, change.Position, Stream: 0));

            int Add(WorkloadImage? image, ChangeOp op)
            {
                if (image is null) return -1;
                rows.Add((change, image, op));
                return rows.Count - 1;
            }
        }
        var columns = _columns.Fields.Select(f => Column.Create(f.Type, Math.Max(1, rows.Count))).ToArray();
        var headers = new RowHeaders(rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            headers.Positions[i] = rows[i].Change.Offset;
            headers.Ops[i] = (byte)rows[i].Op;
            for (var c = 0; c < columns.Length; c++) Append(columns[c], _columns[c].Name, rows[i].Change, rows[i].Image);
        }
        return new SourceBatch(new ColumnBatch(_columns, columns, headers, _origin), new Lines([.. rows.Select(static r => r.Change.ToBytes())]), [], new PartitionCursor("", batch.Next), batch.Payload.Length)
        {
            Changes = new ChangeEvents { Events = events, Keys = keys, Unavailable = unavailable, Raw = new Lines(raw) },
        };
    }

    private static void Append(Column column, string name, WorkloadChange change, WorkloadImage image)
    {
        object? value = name switch
        {
            "id" => change.Id,
            "t" => image.Time,
            "customer" => image.Customer,
            "product" => image.Product,
            "amount" => image.Amount,
            "score" => image.Score,
            _ => image.LacksKind ? null : image.Kind,
        };
        switch (value)
        {
            case long number: ((Int64Column)column).Append(number); break;
            case decimal amount: ((DecimalColumn)column).Append((Int128)(amount * 100)); break;
            case double score: ((DoubleColumn)column).Append(score); break;
            case string text: ((BytesColumn)column).Append(text); break;
            default: column.AppendNull(); break;
        }
    }
}
