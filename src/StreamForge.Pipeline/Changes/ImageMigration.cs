using StreamForge.Core;

namespace StreamForge.Pipeline.Changes;

/// <summary>Moves stored images to a definition that reads other columns, or in another order: a column that an image does not have is null, and known to be lacking. One thread at a time.</summary>
/// <param name="from">The columns that images have.</param>
/// <param name="to">The columns that are read now.</param>
public sealed class ImageMigration(Schema from, Schema to)
{
    private readonly ImageCodec _reader = new(from);
    private readonly ImageCodec _writer = new(to);
    private readonly int[] _found = [.. to.Fields.Select(f => from.IndexOf(f.Name))];

    /// <summary>An image with the columns that are read now; valid until the next call. One without values stays as it is.</summary>
    public ReadOnlySpan<byte> Move(ReadOnlySpan<byte> image)
    {
        var head = ImageCodec.Head(image);
        if (head.IsDead) return image;
        var columns = from.Fields.Select(static f => Column.Create(f.Type, 1)).ToArray();
        _reader.Append(image, columns);
        var lacking = new bool[_found.Length];
        for (var i = 0; i < _found.Length; i++) lacking[i] = _found[i] < 0 || _reader.Lacks(image, _found[i]);
        Column[] wanted = [.. to.Fields.Select((f, i) => _found[i] < 0 ? Null(f.Type) : columns[_found[i]])];
        var moved = _writer.EncodeLacking(head, wanted, 0, lacking);
        foreach (var column in columns) column.Release();
        foreach (var (i, column) in wanted.Index())
        {
            if (_found[i] < 0) column.Release();
        }
        return moved;
    }

    private static Column Null(DataType type)
    {
        var column = Column.Create(type, 1);
        column.AppendNull();
        return column;
    }
}
