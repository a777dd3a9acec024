using System.Buffers;
using System.Text;
using StreamForge.Cluster.Payloads;
using StreamForge.Core;

namespace StreamForge.Cluster.Slices;

/// <summary>
/// A whole batch as bytes, and back: for rows on their way to a sink, and for closed windows that wait in the outbox. The schema is in the bytes, so that what was written before a definition changed can still be
/// read.
/// <code>
/// u8 version
/// schema        varint fields, then of each: name, u8 kind, u8 precision, u8 scale
/// origin        source, varint partition, segment
/// varint rows
/// positions, event times, watermarks, orders, ops    each a <see cref="NumberVector"/>
/// u8 1 when positions have texts, then the texts as a <see cref="ColumnPayload"/>
/// each column as a <see cref="ColumnPayload"/>
/// </code>
/// Immutable, any thread.
/// </summary>
/// <param name="schema">The schema that most batches will have; one that has another is taken as well.</param>
public sealed class BatchCodec(Schema schema)
{
    private const byte Version = 1;

    private readonly byte[] _header = Header(schema);

    /// <summary>All of a batch, which stays the caller's to release.</summary>
    public byte[] Encode(ColumnBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var rows = ArrayPool<int>.Shared.Rent(Math.Max(batch.Count, 1));
        for (var i = 0; i < batch.Count; i++) rows[i] = i;
        var all = rows.AsSpan(0, batch.Count);
        var writer = new PayloadWriter(_header.Length + 64 + batch.Count * (16 + batch.Schema.Count * 8));
        writer.Bytes(ReferenceEquals(batch.Schema, schema) || batch.Schema.Equals(schema) ? _header : Header(batch.Schema));
        writer.Block(Encoding.UTF8.GetBytes(batch.Origin.Partition.Source));
        writer.Varint((ulong)batch.Origin.Partition.Partition);
        writer.Block(Encoding.UTF8.GetBytes(batch.Origin.Segment));
        writer.Varint((ulong)batch.Count);
        var headers = batch.Headers;
        NumberVector.Write(writer, headers.Positions);
        NumberVector.Write(writer, headers.EventTimes);
        NumberVector.Write(writer, headers.Watermarks);
        NumberVector.Write(writer, headers.Orders);
        var ops = ArrayPool<long>.Shared.Rent(Math.Max(batch.Count, 1));
        for (var i = 0; i < batch.Count; i++) ops[i] = headers.Ops[i];
        NumberVector.Write(writer, ops.AsSpan(0, batch.Count));
        ArrayPool<long>.Shared.Return(ops);
        writer.Byte(batch.PositionTexts is null ? (byte)0 : (byte)1);
        if (batch.PositionTexts is { } texts) ColumnPayload.Write(writer, texts, all);
        foreach (var column in batch.Columns) ColumnPayload.Write(writer, column, all);
        ArrayPool<int>.Shared.Return(rows);
        return writer.ToArray();
    }

    /// <summary>The batch, with one reference that is the caller's.</summary>
    /// <param name="payload">What any codec has encoded.</param>
    /// <param name="from">Rows at smaller positions are left out.</param>
    /// <exception cref="StreamForgeException">Corrupt.</exception>
    public ColumnBatch Decode(ReadOnlySpan<byte> payload, long from = long.MinValue)
    {
        var reader = new PayloadReader(payload, "a batch of rows for a sink");
        var decoded = schema;
        if (payload.StartsWith(_header)) reader.Take(_header.Length);
        else decoded = ReadSchema(ref reader);
        var origin = new BatchOrigin(new PartitionId(reader.Text(), reader.Count()), reader.Text());
        var rows = reader.Count();
        var headers = ReadHeaders(ref reader, rows);
        var texts = reader.Byte() == 0 ? null : (BytesColumn)ColumnPayload.Read(ref reader, DataType.String, rows);
        var columns = new Column[decoded.Count];
        for (var i = 0; i < columns.Length; i++) columns[i] = ColumnPayload.Read(ref reader, decoded[i].Type, rows);
        if (!reader.AtEnd) throw reader.Corrupt("it is longer than what it holds");
        return From(new ColumnBatch(decoded, columns, headers, origin) { PositionTexts = texts }, from);
    }

    /// <summary>Takes over a batch and gives back what is left of it from a position on.</summary>
    private static ColumnBatch From(ColumnBatch batch, long from)
    {
        var kept = new List<int>();
        for (var row = 0; row < batch.Count; row++)
        {
            if (batch.Headers.Positions[row] >= from) kept.Add(row);
        }
        if (kept.Count == batch.Count) return batch;
        var left = batch.Gather([.. kept]);
        batch.Release();
        return left;
    }

    private static RowHeaders ReadHeaders(ref PayloadReader reader, int rows)
    {
        var headers = new RowHeaders(rows);
        NumberVector.Read(ref reader, headers.Positions);
        NumberVector.Read(ref reader, headers.EventTimes);
        NumberVector.Read(ref reader, headers.Watermarks);
        NumberVector.Read(ref reader, headers.Orders);
        var ops = ArrayPool<long>.Shared.Rent(Math.Max(rows, 1));
        NumberVector.Read(ref reader, ops.AsSpan(0, rows));
        for (var i = 0; i < rows; i++) headers.Ops[i] = (byte)ops[i];
        ArrayPool<long>.Shared.Return(ops);
        return headers;
    }

    private static byte[] Header(Schema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        var writer = new PayloadWriter();
        writer.Byte(Version);
        writer.Varint((ulong)schema.Count);
        foreach (var field in schema.Fields)
        {
            writer.Block(Encoding.UTF8.GetBytes(field.Name));
            writer.Byte((byte)field.Type.Kind);
            writer.Byte(field.Type.Precision);
            writer.Byte(field.Type.Scale);
        }
        return writer.ToArray();
    }

    private static Schema ReadSchema(ref PayloadReader reader)
    {
        reader.Version(Version);
        var fields = new Field[reader.Count(4)];
        for (var i = 0; i < fields.Length; i++)
        {
            var name = reader.Text();
            var kind = (TypeKind)reader.Byte();
            if (!Enum.IsDefined(kind)) throw reader.Corrupt($"its column {name} is of the unknown kind {(int)kind}");
            fields[i] = new Field(name, new DataType(kind, reader.Byte(), reader.Byte()));
        }
        return new Schema(fields);
    }
}
