using StreamForge.Core;

namespace StreamForge.Pipeline.Changes;

/// <summary>
/// <c>before: stored</c>: the image that an event replaces is the one that was stored for its primary key. Creates and reads replace whatever is there; a tombstone whose key still has an image is the delete that
/// was not sent; values that were not sent are those of the stored image, or, where a row comes under a new key, of the image that has just left under the old one.
/// </summary>
internal sealed class StoredImages(IImageStore images, ImageCodec codec, int partitions, DepartedRow? departed) : IBeforeImages
{
    /// <summary>How many rows that a further snapshot has not seen are named one by one.</summary>
    private const int MostNamed = 1000;

    public DepartedRow? Departed { get; private set; } = departed;

    public void Add(TrackedRead read, in ChangeContext context, ChangeOp op)
    {
        // What could not be decoded is a dead letter already; without its key there is nothing to remember it by.
        if (context.Change.After < 0 && !read.TryKey(context, out _)) return;
        var key = Key(read, context);
        var isKnown = images.TryGet(key, out var image);
        if (op == ChangeOp.Read && isKnown && IsSame(read, context, image))
        {
            // Read again, unchanged: it has been seen, and that is all.
            Put(key, read, context, added: false);
            return;
        }
        Replace(read, context, key, image, isKnown, op);
    }

    public void Update(TrackedRead read, in ChangeContext context)
    {
        var key = Key(read, context);
        var isKnown = images.TryGet(key, out var image);
        Replace(read, context, key, image, isKnown, ChangeOp.Update);
    }

    private bool IsSame(TrackedRead read, in ChangeContext context, ReadOnlySpan<byte> image)
    {
        var row = context.Change.After;
        return row >= 0 && !ImageCodec.Head(image).IsDead && read.Missing(row).Length == 0 && codec.HasValues(image, read.Columns, row);
    }

    private void Replace(TrackedRead read, in ChangeContext context, ReadOnlySpan<byte> key, ReadOnlySpan<byte> image, bool isKnown, ChangeOp op)
    {
        var hasValues = isKnown && !ImageCodec.Head(image).IsDead;
        if (hasValues) read.Rows.Add(image, context.Index, ChangeOp.Before);
        var row = context.Change.After;
        string? orphan = op == ChangeOp.Update && !isKnown ? $"an update of the row with the key {KeyText.Of(key)}, of which no image is known, so none was taken out" : null;
        if (row >= 0)
        {
            var missing = read.Missing(row);
            if (missing.Length == 0) read.Rows.Add(row, context.Index, op);
            // An update is of the row that is there; the row that has just left is that of a key that is new.
            else
            {
                var former = Moved(context);
                var filling = hasValues && (op == ChangeOp.Update || former is null) ? image : former;
                var unknown = filling.IsEmpty ? missing : Lacking(filling, missing);
                if (filling.IsEmpty) read.Rows.Add(row, context.Index, op);
                else read.Rows.Add(row, missing, filling, context.Index, op);
                if (unknown.Length > 0)
                {
                    var lacks = $"the value of {read.Names(unknown)} was not sent and no earlier image has it, so it counts as null";
                    orphan = orphan is null ? $"of the row with the key {KeyText.Of(key)} {lacks}" : $"{orphan}; {lacks}";
                }
            }
        }
        if (orphan is not null) read.AddOrphan(context, orphan);
        Put(key, read, context, added: row >= 0);
        Forget(context);
    }

    /// <summary>Those of some columns that an image does not know.</summary>
    private ReadOnlySpan<int> Lacking(ReadOnlySpan<byte> image, ReadOnlySpan<int> columns)
    {
        List<int>? lacking = null;
        foreach (var column in columns)
        {
            if (codec.Lacks(image, column)) (lacking ??= []).Add(column);
        }
        return lacking is null ? [] : lacking.ToArray();
    }

    /// <summary>Stores the row that was added last, or, when it was not added because it is there, its bytes in the read; an event without a row leaves a dead image.</summary>
    private void Put(ReadOnlySpan<byte> key, TrackedRead read, in ChangeContext context, bool added)
    {
        var head = new ImageHead(IsDead: context.Change.After < 0, context.Change.Stream, context.Generation);
        images.Put(key, head.IsDead ? codec.EncodeDead(head.Stream, head.Generation) : added ? read.Rows.EncodeLast(head) : codec.Encode(head, read.Columns, context.Change.After));
    }

    public void Delete(TrackedRead read, in ChangeContext context)
    {
        var key = Key(read, context);
        Forget(context);
        if (!TryRemove(read, context, key)) read.AddOrphan(context, $"a delete of the row with the key {KeyText.Of(key)}, of which no image is known, so none was taken out");
    }

    public bool Tombstone(TrackedRead read, in ChangeContext context) => read.TryKey(context, out var key) && TryRemove(read, context, key);

    private bool TryRemove(TrackedRead read, in ChangeContext context, ReadOnlySpan<byte> key)
    {
        if (!images.TryGet(key, out var image)) return false;
        if (!ImageCodec.Head(image).IsDead)
        {
            read.Rows.Add(image, context.Index, ChangeOp.Delete);
            if (!context.Change.Source.IsNone) Departed = new DepartedRow(context.Change.Stream, context.Change.Source, image.ToArray());
        }
        images.Remove(key);
        return true;
    }

    /// <summary>The image that left in the first half of a key change whose second half this is: both have one position.</summary>
    private byte[]? Moved(in ChangeContext context) =>
        Departed is { } row && row.Stream == context.Change.Stream && row.Position == context.Change.Source ? row.Image : null;

    private void Forget(in ChangeContext context)
    {
        if (Departed is { } row && row.Stream == context.Change.Stream && row.Position != context.Change.Source) Departed = null;
    }

    public void Truncate(TrackedRead read, in ChangeContext context)
    {
        Departed = null;
        if (partitions > 1 || context.Streams > 1)
        {
            throw read.Stop(
                context, "the table was truncated, but its rows come in several partitions of a topic, of which one alone says so, and how far the others were then is not known; "
                + "let the connector write the table to a topic of one partition, and start afresh with another data directory");
        }
        var keys = new List<byte[]>();
        images.Visit((key, _) => keys.Add(key.ToArray()));
        keys.Sort(KeyBytesComparer.Instance);
        foreach (var key in keys)
        {
            images.TryGet(key, out var image);
            if (!ImageCodec.Head(image).IsDead) read.Rows.Add(image, context.Index, ChangeOp.Delete);
        }
        images.Clear();
    }

    public void EndSnapshot(TrackedRead read, in ChangeContext context)
    {
        var (stream, generation) = (context.Change.Stream, context.Generation);
        var unseen = new List<byte[]>();
        images.Visit((key, image) =>
        {
            var head = ImageCodec.Head(image);
            if (head.Stream == stream && head.Generation < generation && !head.IsDead) unseen.Add(key.ToArray());
        });
        unseen.Sort(KeyBytesComparer.Instance);
        foreach (var key in unseen.Take(MostNamed))
            read.AddOrphan(context, $"the row with the key {KeyText.Of(key)} was not in the snapshot that was read again; it may have been deleted meanwhile, and still counts", Json(key));
        if (unseen.Count > MostNamed) read.AddOrphan(context, $"{unseen.Count - MostNamed} more rows were not in the snapshot that was read again; they may have been deleted meanwhile, and still count");
    }

    private byte[] Json(byte[] key)
    {
        images.TryGet(key, out var image);
        var columns = codec.Columns.Fields.Select(f => Column.Create(f.Type, 1)).ToArray();
        codec.Append(image, columns);
        var json = ImageJson.Of(codec.Columns, columns, 0);
        foreach (var column in columns) column.Release();
        return json;
    }

    private static ReadOnlySpan<byte> Key(TrackedRead read, in ChangeContext context) => read.TryKey(context, out var key)
        ? key
        : throw read.Stop(context, "the event has no key, and before: stored keeps rows by their primary key; name its columns with key: [...], give the table a primary key, or let the database send whole rows and use before: full");
}
