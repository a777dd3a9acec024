using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using StreamForge.Core;
using StreamForge.Features.Reads;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Pipeline.Emissions;

/// <summary>
/// Makes rows of closed windows: reads an instance's values from its key's state, and collects those that are emitted into batches. Holds scratch memory: one thread.
/// <para>
/// Headers: the event time is the last microsecond of the window, op is <c>c</c> for the first revision and <c>u</c> for the others, the position is the text
/// <c>view/window/key/start/revision</c>, each component of the key escaped as in a URL, which is unique and the same on every run that emits the row. Order and number position are the row's number
/// among the rows of its view and shard, and grow for ever; the origin is the view, its partition the shard.
/// </para>
/// </summary>
public sealed class ClosedWindowRows(ViewPlan view)
{
    private readonly Schema _schema = ClosedWindowSchema.Of(view);
    private readonly WindowReader _reader = new();
    private readonly FeatureValue[] _values = new FeatureValue[view.Layout.Features.Length];
    private readonly ArrayBufferWriter<byte> _digest = new(256);
    private readonly List<(long End, ChangeOp Op)> _rows = [];
    private Column[]? _columns;
    private BytesColumn? _positions;

    /// <summary>Rows that wait for <see cref="Take"/>.</summary>
    public int Count => _rows.Count;

    /// <summary>Reads the values of one window instance, for <see cref="Add"/>, and gives their digest: equal values have equal digests.</summary>
    /// <param name="window">Index of the window.</param>
    /// <param name="state">The key's state, which nobody writes meanwhile.</param>
    public ulong Read(int window, long start, Span<byte> state)
    {
        var layout = view.Layout;
        _reader.ReadInstance(layout, state, window, start, layout.Windows[window].EndOf(start), _values);
        _digest.ResetWrittenCount();
        for (var f = 0; f < _values.Length; f++)
        {
            if (layout.Features[f].Window == window) AddToDigest(_values[f]);
        }
        return XxHash64.Hash(_digest.WrittenSpan);
    }

    private void AddToDigest(in FeatureValue value)
    {
        var head = _digest.GetSpan(17);
        head[0] = (byte)value.Status;
        BinaryPrimitives.WriteInt128LittleEndian(head[1..], value.Unscaled);
        _digest.Advance(17);
        if (value.Text.Length == 0) return;
        var bytes = Encoding.UTF8.GetBytes(value.Text, _digest.GetSpan(Encoding.UTF8.GetMaxByteCount(value.Text.Length)));
        _digest.Advance(bytes);
    }

    /// <summary>Adds the row of the instance that was read last.</summary>
    public void Add(int window, long start, ReadOnlySpan<byte> key, int revision)
    {
        _columns ??= [.. _schema.Fields.Select(f => Column.Create(f.Type, 64))];
        _positions ??= new BytesColumn(DataType.String, 64);
        var plan = view.Layout.Windows[window];
        var end = plan.EndOf(start);
        var op = revision == 0 ? ChangeOp.Create : ChangeOp.Update;
        var components = KeyCodec.Read(key, view.Description.Entity);
        var c = 0;
        foreach (var component in components) AppendKey(_columns[c++], component);
        ((BytesColumn)_columns[c++]).Append(plan.Name);
        ((Int64Column)_columns[c++]).Append(start);
        ((Int64Column)_columns[c++]).Append(end);
        ((Int64Column)_columns[c++]).Append(revision);
        ((BytesColumn)_columns[c++]).Append(op == ChangeOp.Create ? "c"u8 : "u"u8);
        for (var f = 0; f < _values.Length; f++)
        {
            if (view.Layout.Features[f].Window == window) _values[f].AppendTo(_columns[c++]);
        }
        var escaped = string.Join('/', components.Select(v => Uri.EscapeDataString(v.ToString())));
        _positions.Append($"{view.Name}/{plan.Name}/{escaped}/{EventTime.Format(start)}/{revision}");
        _rows.Add((end, op));
    }

    // A key's decimals are kept without trailing zeros, so their scale is not the column's.
    private static void AppendKey(Column column, in FeatureValue component)
    {
        if (column is not DecimalColumn) component.AppendTo(column);
        else if (!TextValue.TryAppend(column, component.ToString())) column.AppendNull();
    }

    /// <summary>The rows since the last call as a batch with one reference.</summary>
    /// <param name="shard">Where they come from.</param>
    /// <param name="first">The number of the first row.</param>
    /// <param name="watermark">The watermark that closed them.</param>
    public ColumnBatch Take(int shard, long first, long watermark)
    {
        var headers = new RowHeaders(_rows.Count);
        for (var row = 0; row < _rows.Count; row++)
        {
            headers.EventTimes[row] = _rows[row].End - 1;
            headers.Ops[row] = (byte)_rows[row].Op;
            headers.Watermarks[row] = watermark;
            headers.Orders[row] = headers.Positions[row] = first + row;
        }
        var batch = new ColumnBatch(_schema, _columns!, headers, new BatchOrigin(new PartitionId(view.Name, shard), "")) { PositionTexts = _positions };
        _columns = null;
        _positions = null;
        _rows.Clear();
        return batch;
    }
}
