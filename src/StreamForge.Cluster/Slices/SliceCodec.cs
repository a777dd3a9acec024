using System.Buffers;
using System.Text;
using StreamForge.Cluster.Payloads;
using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Cluster.Slices;

/// <summary>
/// The rows of some keys of one view and one partition as bytes, and back.
/// <code>
/// u8 version, varint keys, varint rows
/// keys' lengths, bytes, row counts, and previous positions (0 for none, else first position - previous + 1)
/// of each row position, time, watermark, order     each a <see cref="NumberVector"/>
/// u8 0 where every row adds; 1 where rows have ops, then varint the partition's number in its source, its segment, and a byte each row
/// each expression that the view's slots read       a <see cref="ColumnPayload"/>, once however many slots share it
/// each condition of slots with a floor             the same, once for slots of one condition and floor: whether the row counts
/// </code>
/// Columns are decoded into memory of their own that nobody gives back to a pool: a key may still be reading them when whoever sent them has long stopped waiting, and the collector alone knows when it has ended.
/// Immutable, any thread.
/// </summary>
public sealed class SliceCodec
{
    private const byte Version = 2;

    private readonly ViewPlan _view;
    private readonly Source[] _sources;

    public SliceCodec(ViewPlan view)
    {
        ArgumentNullException.ThrowIfNull(view);
        _view = view;
        var sources = new Dictionary<(int Expression, long Floor), Source>();
        for (var slot = 0; slot < view.SlotInputs.Length; slot++)
        {
            var (value, condition) = view.SlotInputs[slot];
            if (value >= 0) sources[(value, NoFloor)] = new Source(slot, IsCondition: false, value, NoFloor);
            if (condition >= 0 || FloorOf(slot) != NoFloor) sources[(condition, FloorOf(slot))] = new Source(slot, IsCondition: true, condition, FloorOf(slot));
        }
        _sources = [.. sources.OrderBy(static s => s.Key.Floor).ThenBy(static s => s.Key.Expression).Select(static s => s.Value)];
    }

    private const long NoFloor = EventTime.MinValue;

    /// <summary>A column that is sent: that of one of the slots which share it.</summary>
    /// <param name="Expression">-1 for a floor without another condition.</param>
    private readonly record struct Source(int Slot, bool IsCondition, int Expression, long Floor);

    private long FloorOf(int slot) => _view.Floors?.Slots[slot] ?? NoFloor;

    /// <summary>Encodes one key's slice, for the way to a key that is active elsewhere.</summary>
    public ReadOnlyMemory<byte> Encode(KeySlice slice)
    {
        ArgumentNullException.ThrowIfNull(slice);
        var rows = ArrayPool<int>.Shared.Rent(Math.Max(slice.Count, 1));
        for (var i = 0; i < slice.Count; i++) rows[i] = slice.From + i;
        var part = new SlicePart();
        part.Add(slice.Id.Key, slice.Previous, rows.AsSpan(0, slice.Count));
        ArrayPool<int>.Shared.Return(rows);
        return Encode(slice.Rows, slice.Positions, part, slice.Origin);
    }

    /// <param name="origin">Where rows that have ops come from.</param>
    internal ReadOnlyMemory<byte> Encode(ViewRows rows, ReadOnlySpan<long> positions, SlicePart part, BatchOrigin? origin)
    {
        var order = part.Rows;
        var writer = new PayloadWriter(64 + part.KeyBytes.Length + part.Keys * 4 + order.Length * (16 + _sources.Length * 8));
        writer.Byte(Version);
        writer.Varint((ulong)part.Keys);
        writer.Varint((ulong)order.Length);
        NumberVector.Write(writer, part.KeyLengths);
        writer.Bytes(part.KeyBytes.Written);
        NumberVector.Write(writer, part.RowCounts);
        WritePrevious(writer, positions, part);
        NumberVector.Write(writer, positions, order);
        NumberVector.Write(writer, rows.Times, order);
        NumberVector.Write(writer, rows.Watermarks, order);
        NumberVector.Write(writer, rows.Orders, order);
        WriteOps(writer, origin, rows.Ops, order);
        foreach (var source in _sources) ColumnPayload.Write(writer, source.IsCondition ? rows.Conditions[source.Slot]! : rows.Values[source.Slot]!, order);
        return writer.Finish();
    }

    private static void WriteOps(PayloadWriter writer, BatchOrigin? origin, byte[]? ops, ReadOnlySpan<int> order)
    {
        writer.Byte(ops is null ? (byte)0 : (byte)1);
        if (ops is null) return;
        ArgumentNullException.ThrowIfNull(origin);
        writer.Varint((ulong)origin.Partition.Partition);
        writer.Block(Encoding.UTF8.GetBytes(origin.Segment));
        var target = writer.Add(order.Length);
        for (var i = 0; i < order.Length; i++) target[i] = ops[order[i]];
    }

    private static void WritePrevious(PayloadWriter writer, ReadOnlySpan<long> positions, SlicePart part)
    {
        var distances = ArrayPool<long>.Shared.Rent(Math.Max(part.Keys, 1));
        var row = 0;
        for (var key = 0; key < part.Keys; key++)
        {
            var previous = part.Previous[key];
            distances[key] = previous == 0 ? 0 : positions[part.Rows[row]] - previous + 1;
            row += (int)part.RowCounts[key];
        }
        NumberVector.Write(writer, distances.AsSpan(0, part.Keys));
        ArrayPool<long>.Shared.Return(distances);
    }

    /// <summary>Decodes what this view's codec has encoded, here or in another silo.</summary>
    /// <exception cref="StreamForgeException">Corrupt.</exception>
    public DecodedSlices Decode(SliceBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var reader = new PayloadReader(batch.Payload.Span, $"a slice of the view {_view.Name} from partition {batch.Partition}");
        reader.Version(Version);
        var keys = reader.Count();
        var rows = reader.Count();
        var keyEnds = new int[keys];
        ReadEnds(ref reader, keyEnds, int.MaxValue, "keys");
        var keyBytes = reader.Take(keys == 0 ? 0 : keyEnds[^1]).ToArray();
        var rowEnds = new int[keys];
        ReadEnds(ref reader, rowEnds, rows, "rows of its keys");
        var previous = new long[keys];
        NumberVector.Read(ref reader, previous);
        var positions = ReadNumbers(ref reader, rows);
        for (var key = 0; key < keys; key++)
        {
            var from = key == 0 ? 0 : rowEnds[key - 1];
            if (from >= rowEnds[key]) throw reader.Corrupt("it has a key without rows");
            if (previous[key] != 0) previous[key] = positions[from] - previous[key] + 1;
        }
        var (times, watermarks, orders) = (ReadNumbers(ref reader, rows), ReadNumbers(ref reader, rows), ReadNumbers(ref reader, rows));
        var hasOps = reader.Byte() != 0;
        var origin = hasOps ? new BatchOrigin(new PartitionId(_view.Source, reader.Count()), reader.Text()) : null;
        var view = new ViewRows
        {
            Times = times,
            Watermarks = watermarks,
            Orders = orders,
            Ops = hasOps ? reader.Take(rows).ToArray() : null,
            Values = new Column?[_view.SlotInputs.Length],
            Conditions = new BooleanColumn?[_view.SlotInputs.Length],
        };
        foreach (var source in _sources)
        {
            var column = ColumnPayload.Read(ref reader, source.Expression < 0 ? DataType.Boolean : _view.Expressions[source.Expression].Type, rows);
            for (var slot = 0; slot < view.Values.Length; slot++)
            {
                var (value, condition) = _view.SlotInputs[slot];
                if (value == source.Expression && value >= 0 && source.Floor == NoFloor) view.Values[slot] = column;
                if (condition == source.Expression && source.Floor == FloorOf(slot) && (condition >= 0 || source.Floor != NoFloor)) view.Conditions[slot] = (BooleanColumn)column;
            }
        }
        if (!reader.AtEnd) throw reader.Corrupt("it is longer than what it holds");
        return new DecodedSlices(batch.View, batch.Partition, keyBytes, keyEnds, rowEnds, previous, positions, view) { Origin = origin };
    }

    private static void ReadEnds(ref PayloadReader reader, int[] ends, int most, string what)
    {
        var lengths = ArrayPool<long>.Shared.Rent(Math.Max(ends.Length, 1));
        NumberVector.Read(ref reader, lengths.AsSpan(0, ends.Length));
        var end = 0L;
        for (var i = 0; i < ends.Length; i++)
        {
            end += lengths[i];
            if (lengths[i] < 0 || end > most) throw reader.Corrupt($"its {what} are longer than it is");
            ends[i] = (int)end;
        }
        ArrayPool<long>.Shared.Return(lengths);
    }

    private static long[] ReadNumbers(ref PayloadReader reader, int count)
    {
        var numbers = GC.AllocateUninitializedArray<long>(count);
        NumberVector.Read(ref reader, numbers);
        return numbers;
    }
}
