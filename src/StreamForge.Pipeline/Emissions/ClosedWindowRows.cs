using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using StreamForge.Core;
using StreamForge.Features.Reads;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Pipeline.Emissions;

/// <summary>
/// Makes rows of closed windows: reads an instance's values from its key's state, and collects the rows of those that readers do not know into batches. Holds scratch memory: one thread.
/// <para>
/// Headers: the event time is the last microsecond of the window, op is <c>c</c> for a window that readers do not have, <c>u</c> for one that has changed and <c>d</c> for one that is gone, the position is the text
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

    /// <summary>
    /// Adds the row that tells readers what has become of an instance: that it is there, that its values have changed, or that it is gone, with the values over nothing. A session's end is one of its values. Adds none where readers
    /// know all that there is to know.
    /// </summary>
    /// <param name="window">Index of the window.</param>
    /// <param name="state">The key's state, which nobody writes meanwhile.</param>
    /// <param name="revision">What was emitted last; becomes what is emitted now.</param>
    /// <returns>Whether a row was added.</returns>
    public bool Emit(int window, long start, ReadOnlySpan<byte> key, Span<byte> state, ref WindowRevision revision)
    {
        var plan = view.Layout.Windows[window];
        if (!WindowInstances.TryFind(view.Layout, state, plan, start, out var instance))
        {
            if (!revision.IsThere) return false;
            // An empty interval of whole tiles.
            var nothing = EventTime.Floor(start, plan.Resolution);
            _reader.ReadInstance(view.Layout, state, window, nothing, nothing, _values);
            revision = revision with { Number = revision.Number + 1, Digest = 0 };
            Add(window, instance, key, revision.Number, ChangeOp.Delete);
            return true;
        }
        // Tiles of a later session may begin before this one's end.
        var to = plan.Shape == WindowShape.Session ? instance.End - plan.Size + 1 : instance.End;
        _reader.ReadInstance(view.Layout, state, window, start, to, _values);
        var digest = Digest(window, instance);
        if (revision.IsThere && revision.Digest == digest) return false;
        var op = revision.IsThere ? ChangeOp.Update : ChangeOp.Create;
        revision = revision with { Number = revision.Number + 1, Digest = digest };
        Add(window, instance, key, revision.Number, op);
        return true;
    }

    /// <summary>Equal values have equal digests; never 0.</summary>
    private ulong Digest(int window, WindowInstance instance)
    {
        _digest.ResetWrittenCount();
        for (var f = 0; f < _values.Length; f++)
        {
            if (view.Layout.Features[f].Window == window) AddToDigest(_values[f]);
        }
        if (view.Layout.Windows[window].Shape == WindowShape.Session) AddToDigest(FeatureValue.OfInt64(DataType.TimestampTz, instance.End));
        var digest = XxHash64.Hash(_digest.WrittenSpan);
        return digest == 0 ? 1 : digest;
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

    private void Add(int window, WindowInstance instance, ReadOnlySpan<byte> key, int revision, ChangeOp op)
    {
        _columns ??= [.. _schema.Fields.Select(f => Column.Create(f.Type, 64))];
        _positions ??= new BytesColumn(DataType.String, 64);
        var plan = view.Layout.Windows[window];
        var components = KeyCodec.Read(key, view.Description.Entity);
        var c = 0;
        foreach (var component in components) AppendKey(_columns[c++], component);
        ((BytesColumn)_columns[c++]).Append(plan.Name);
        ((Int64Column)_columns[c++]).Append(instance.Start);
        ((Int64Column)_columns[c++]).Append(instance.End);
        ((Int64Column)_columns[c++]).Append(revision);
        ((BytesColumn)_columns[c++]).Append(op switch { ChangeOp.Create => "c"u8, ChangeOp.Update => "u"u8, _ => "d"u8 });
        for (var f = 0; f < _values.Length; f++)
        {
            if (view.Layout.Features[f].Window == window) _values[f].AppendTo(_columns[c++]);
        }
        _positions.Append(Position(view, plan.Name, components, instance.Start, revision));
        _rows.Add((instance.End, op));
    }

    /// <summary>The position that a row has.</summary>
    public static string Position(ViewPlan view, string window, ImmutableArray<FeatureValue> key, long start, long revision)
    {
        ArgumentNullException.ThrowIfNull(view);
        return $"{view.Name}/{window}/{string.Join('/', key.Select(static v => Uri.EscapeDataString(v.ToString())))}/{EventTime.Format(start)}/{revision}";
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
