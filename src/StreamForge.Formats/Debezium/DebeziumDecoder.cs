using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Formats.Debezium;

/// <summary>
/// Decodes change events as Debezium writes them in JSON into rows and <see cref="ChangeEvent"/>s (Debezium 3 documentation, "Change events" of each connector).
/// <para>
/// <b>What a record may be.</b> An envelope: <c>before</c> and <c>after</c> are row images, <c>source</c> says where the change comes from, <c>op</c> what it is: c, u, d, r, t, or m for a message that is no row. The JSON converter may
/// put it beside a schema. A row without an envelope, as ExtractNewRecordState makes it, is taken where the op was kept beside it (<c>add.fields=op</c>); one without is a dead letter, since nothing tells an insert from an update.
/// A record without a value, or whose value is the literal null, is a tombstone. Transaction markers, heartbeats and schema changes are known by their fields and passed over.
/// </para>
/// <para>
/// <b>What comes out.</b> For each event its before image as a row, if it counts for this op and fits, then its after image. What of an <c>after</c> does not fit makes the event a dead letter, too, while its <c>before</c> stays; a
/// <c>before</c> that does not fit contributed nothing when it was added, so it is left out and counts as whole: <c>Before</c> is -1 and <see cref="ChangeEvent.BeforeIsWhole"/> true. An old image is not whole where there is none, where it holds
/// placeholders, and where it may be the key alone (<see cref="WholeImage"/>). Only columns that are read can misfit.
/// </para>
/// <para>
/// <b>Values.</b> A schema's meaning wins, record by record, so that an ALTER in the middle is followed. Without one, the declared type and what stands there decide (<c>ImageWriters</c>).
/// </para>
/// Batch by batch: <see cref="Begin"/>, any number of <see cref="Decode"/>, <see cref="Build"/>. For one thread.
/// </summary>
public sealed class DebeziumDecoder
{
    /// <summary>The column of the event's own time: <c>source.ts_ms</c>, else the record's timestamp.</summary>
    public const string EventTimeColumn = "event_timestamp";

    private readonly Schema _columns;
    private readonly int _wanted;
    private readonly ImageReader _images;
    private readonly SchemaCache _schemas;
    private readonly PrimaryKey _key;
    private readonly Envelope _envelope = new();
    private readonly ChangeList _list = new();

    /// <param name="columns">The columns of the row image that are wanted.</param>
    /// <param name="key">The columns of the primary key, wanted or not; empty where the records' own keys are it.</param>
    /// <param name="options">Units go with <paramref name="columns"/>, then those of the key that are not among them.</param>
    public DebeziumDecoder(Schema columns, ImmutableArray<Field> key, DecodeOptions options)
    {
        _columns = columns;
        _wanted = columns.Count;
        var read = new Schema(columns.Fields.Concat(key.Where(k => !columns.Contains(k.Name))));
        var units = options.Units.IsDefaultOrEmpty ? ImmutableArray<long>.Empty : options.Units;
        var form = new DecimalForm();
        _images = new ImageReader(Make(read));
        _schemas = new SchemaCache(Make(read));
        _key = new PrimaryKey(_images.Rows, [.. key.Select(k => k.Name)], Make);

        RowBuilder Make(Schema schema) => new(
            schema, options with { Units = units.IsEmpty ? [] : [.. schema.Fields.Select(f => units[read.IndexOf(f.Name)])] }, (field, unit, time) => ImageWriters.Create(field, unit, time, form));
    }

    /// <summary>Rows since <see cref="Begin"/>.</summary>
    public int Rows => _images.Rows.Count;

    /// <summary>Events since <see cref="Begin"/>.</summary>
    public int Events => _list.Count;

    /// <summary>Events among them that are no change of a row: tombstones, and what is passed over.</summary>
    public int PassedOver { get; private set; }

    /// <summary>Starts a batch.</summary>
    public void Begin(int capacity)
    {
        PassedOver = 0;
        _images.Begin(capacity);
        _list.Begin(capacity);
    }

    /// <summary>Decodes a record, which becomes an event or a dead letter, or both where only its <c>after</c> does not fit.</summary>
    /// <returns>null, or why it is a dead letter.</returns>
    public string? Decode(in DebeziumRecord record)
    {
        if (record.HasNoValue) return Pass(record, ChangeKind.Tombstone);
        if (_envelope.Read(record.Value, record.Start, record.End) is { } wrong) return wrong;
        if (_envelope.IsNull) return Pass(record, ChangeKind.Tombstone);
        if (_envelope[Part.Op].IsThere && (_envelope[Part.Before].IsThere || _envelope[Part.After].IsThere || _envelope[Part.Source].IsThere)) return DecodeEnvelope(record);
        if (_envelope[Part.FlatOp].IsThere) return DecodeFlat(record);
        return IsOther(record.Value) ? Pass(record, ChangeKind.Other) : Unknown();
    }

    /// <summary>Says where the last event stands, if its record did not.</summary>
    public void Place(long position) => _list.Place(position);

    /// <summary>The batch since <see cref="Begin"/>: its columns in the order of <paramref name="schema"/>, which has those that are wanted and others that <paramref name="others"/> makes of the events' times.</summary>
    /// <param name="raw">The bytes of each event.</param>
    /// <param name="others">Makes a column that is none of the row image; takes the events' times by row, a column that it may retain.</param>
    /// <param name="release">Called when the batch is disposed.</param>
    public SourceBatch Build(
        Schema schema, BatchOrigin origin, IRawRows raw, IReadOnlyList<DeadLetter> deadLetters, PartitionCursor next, long bytes, Func<Field, Int64Column, Column> others, Action? release)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(others);
        var (times, headers, changes, rowsRaw, releaseEvents) = _list.Take(Unavailable(schema), [.. Enumerable.Range(0, schema.Count).Where(i => !_columns.Contains(schema[i].Name))], raw);
        var images = _images.Rows.Take();
        var columns = new Column[schema.Count];
        for (var i = 0; i < columns.Length; i++)
        {
            var image = _columns.IndexOf(schema[i].Name);
            columns[i] = image < 0 ? others(schema[i], times) : images[image];
            if (image >= 0) images[image].Retain();
        }
        foreach (var image in images) image.Release();
        times.Release();
        return new SourceBatch(new ColumnBatch(schema, columns, headers, origin), rowsRaw, deadLetters, next, bytes, () =>
        {
            releaseEvents();
            release?.Invoke();
        })
        { Changes = changes, PassedOver = PassedOver };
    }

    /// <summary>The columns of what was not sent, numbered as in the batch.</summary>
    private IReadOnlyList<(int Row, int Column)> Unavailable(Schema schema)
    {
        if (_images.Unavailable is not { Count: > 0 } values) return [];
        return [.. values.Where(v => v.Column < _wanted).Select(v => (v.Row, Column: schema.IndexOf(_columns[v.Column].Name))).OrderBy(v => v.Row).ThenBy(v => v.Column)];
    }

    private string? DecodeEnvelope(in DebeziumRecord record)
    {
        var data = record.Value;
        var op = _envelope[Part.Op].Text(data);
        ChangeKind? kind = op.Length == 1 ? op[0] switch
        {
            (byte)'c' => ChangeKind.Create,
            (byte)'u' => ChangeKind.Update,
            (byte)'d' => ChangeKind.Delete,
            (byte)'r' => ChangeKind.Read,
            (byte)'t' => ChangeKind.Truncate,
            (byte)'m' => ChangeKind.Other,
            _ => null,
        }
        : null;
        if (kind is null) return $"unknown op {Show(data, Part.Op)}; c, u, d, r, t and m are known";
        if (kind is ChangeKind.Other) return Pass(record, ChangeKind.Other);
        var change = new ChangeEvent(
            kind.Value, record.Position, -1, -1, false, SourceBlock.Phase(data, _envelope[Part.Snapshot]), SourceBlock.Position(data, _envelope), record.Stream);
        var time = SourceBlock.Micros(data, _envelope[Part.SourceTime]) ?? record.Timestamp;
        var before = kind is ChangeKind.Update or ChangeKind.Delete ? _envelope[Part.Before] : default;
        var after = kind is ChangeKind.Create or ChangeKind.Read or ChangeKind.Update ? _envelope[Part.After] : default;
        if (!before.IsNull(data) && !before.IsObject(data)) return $"its 'before' is no object but {Show(data, Part.Before)}; row images of relational databases are read";
        if (kind is ChangeKind.Create or ChangeKind.Read or ChangeKind.Update && !after.IsObject(data))
            return after.IsNull(data) ? $"its op is {(char)op[0]}, and it has no 'after'" : $"its 'after' is no object but {Show(data, Part.After)}; row images of relational databases are read";
        return Add(record, change, before, after, time, SourceBlock.HasWholeImages(data, _envelope[Part.Connector]));
    }

    /// <summary>A row without its envelope: of an update only what is new, of a delete what is old, as <c>delete.tombstone.handling.mode=rewrite</c> keeps it.</summary>
    private string? DecodeFlat(in DebeziumRecord record)
    {
        var data = record.Value;
        var op = _envelope[Part.FlatOp].Text(data);
        ChangeKind? kind = op.SequenceEqual("c"u8) ? ChangeKind.Create : op.SequenceEqual("u"u8) ? ChangeKind.Update : op.SequenceEqual("d"u8) ? ChangeKind.Delete : op.SequenceEqual("r"u8) ? ChangeKind.Read : null;
        if (kind is null) return $"unknown __op {Show(data, Part.FlatOp)}; c, u, d and r are known";
        var change = new ChangeEvent(kind.Value, record.Position, -1, -1, false, kind is ChangeKind.Read ? SnapshotPhase.Reading : SnapshotPhase.None, SourcePosition.None, record.Stream);
        var time = SourceBlock.Micros(data, _envelope[Part.FlatTime]) ?? record.Timestamp;
        return kind is ChangeKind.Delete
            ? Add(record, change, _envelope.Body, default, time, wholeByNature: false)
            : Add(record, change, default, _envelope.Body, time, wholeByNature: false);
    }

    private string? Add(in DebeziumRecord record, ChangeEvent change, Extent before, Extent after, long? time, bool wholeByNature)
    {
        var data = record.Value;
        var block = _envelope[Part.Schema];
        var isBeside = block.End <= _envelope.Body.Start || block.Start >= _envelope.Body.End;
        var schema = isBeside && block.IsObject(data) ? _schemas.Of(block.Of(data)) : null;
        if (schema is not null) _envelope.RememberSchema(block.Of(data));
        var (beforeRow, afterRow, isWhole, placeholders) = (-1, -1, false, false);
        if (before.IsObject(data))
        {
            beforeRow = _images.Read(data, before, schema, out placeholders) is null ? Rows - 1 : -1;
            isWhole = !placeholders;
        }
        var reason = after.IsObject(data) ? _images.Read(data, after, schema, out _) : null;
        if (after.IsObject(data) && reason is null) afterRow = Rows - 1;
        _key.Read(Math.Max(beforeRow, afterRow), record.Key, record.KeyStart, record.KeyEnd);
        if (isWhole && beforeRow >= 0 && !wholeByNature) isWhole = WholeImage.SaysSomething(_images.Rows, beforeRow, _key.IsKey, schema);
        _list.Add(
            change with { Before = beforeRow, After = afterRow, BeforeIsWhole = isWhole },
            change.Kind is ChangeKind.Delete ? ChangeOp.Delete : ChangeOp.Before,
            change.Kind switch { ChangeKind.Create => ChangeOp.Create, ChangeKind.Read => ChangeOp.Read, _ => ChangeOp.Update },
            time, _key.Bytes);
        return reason;
    }

    private string? Pass(in DebeziumRecord record, ChangeKind kind)
    {
        _key.Read(-1, record.Key, record.KeyStart, kind is ChangeKind.Tombstone ? record.KeyEnd : record.KeyStart);
        _list.Add(new ChangeEvent(kind, record.Position, -1, -1, false, SnapshotPhase.None, SourcePosition.None, record.Stream), default, default, record.Timestamp, _key.Bytes);
        PassedOver++;
        return null;
    }

    private bool IsOther(ReadOnlySpan<byte> data)
    {
        var status = _envelope[Part.Status].Text(data);
        if (_envelope[Part.EventCount].IsThere && (status.SequenceEqual("BEGIN"u8) || status.SequenceEqual("END"u8))) return true;
        if (_envelope[Part.Ddl].IsThere || _envelope[Part.TableChanges].IsThere) return true;
        var times = (_envelope[Part.Time].IsThere ? 1 : 0) + (_envelope[Part.TimeMicros].IsThere ? 1 : 0) + (_envelope[Part.TimeNanos].IsThere ? 1 : 0);
        return times > 0 && times == _envelope.Fields;
    }

    private string Unknown() => _envelope[Part.Op].IsThere
        ? "no change event: it has an 'op', but neither 'before', 'after' nor 'source'"
        : "no change event: it has no 'op'; where ExtractNewRecordState takes the envelope off, an update cannot be told from an insert, so read the topic before that, or let it keep the op (add.fields=op)";

    private string Show(ReadOnlySpan<byte> data, Part part)
    {
        const int shown = 40;
        var text = _envelope[part].Of(data);
        return System.Text.Encoding.UTF8.GetString(text.Length > shown ? text[..shown] : text) + (text.Length > shown ? "…" : "");
    }
}
