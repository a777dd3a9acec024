using StreamForge.Core;
using StreamForge.Pipeline.Changes;

namespace StreamForge.Embedded.Images;

/// <summary>The columns that stored images have, where a changed definition reads fewer of them or in another order.</summary>
internal static class ImageColumns
{
    /// <summary>Reads what <see cref="PartitionImages.Columns"/> writes.</summary>
    public static Schema Parse(string text) => new(Split(text).Select(item =>
    {
        var space = item.LastIndexOf(' ');
        return DataType.TryParse(item[(space + 1)..], out var type)
            ? new Field(item[..space], type)
            : throw new StreamForgeException(ErrorKind.Corrupt, $"the checkpoint names the columns of stored images as '{text}', which cannot be read");
    }));

    // A type such as decimal(10,2) has no blank, so only a comma with a blank parts columns; a name may hold one.
    private static IEnumerable<string> Split(string text)
    {
        var item = "";
        foreach (var part in text.Split(", "))
        {
            item = item.Length == 0 ? part : item + ", " + part;
            if (!DataType.TryParse(item[(item.LastIndexOf(' ') + 1)..], out _)) continue;
            yield return item;
            item = "";
        }
        if (item.Length > 0) yield return item;
    }

    /// <summary>Gives every image the columns that are read now; one that it does not have is null, and known to be lacking.</summary>
    public static void Migrate(IImageStore images, Schema from, Schema to)
    {
        var (reader, writer) = (new ImageCodec(from), new ImageCodec(to));
        var keys = new List<byte[]>();
        images.Visit((key, _) => keys.Add(key.ToArray()));
        foreach (var key in keys)
        {
            images.TryGet(key, out var image);
            var head = ImageCodec.Head(image);
            if (head.IsDead) continue;
            var columns = from.Fields.Select(f => Column.Create(f.Type, 1)).ToArray();
            reader.Append(image, columns);
            var found = to.Fields.Select(f => from.IndexOf(f.Name)).ToArray();
            var lacking = new bool[found.Length];
            for (var i = 0; i < found.Length; i++) lacking[i] = found[i] < 0 || reader.Lacks(image, found[i]);
            Column[] values = [.. to.Fields.Select((f, i) => found[i] < 0 ? Null(f.Type) : columns[found[i]])];
            images.Put(key, writer.EncodeLacking(head, values, 0, lacking));
            foreach (var column in columns) column.Release();
            foreach (var (i, column) in values.Index())
            {
                if (found[i] < 0) column.Release();
            }
        }
    }

    private static Column Null(DataType type)
    {
        var column = Column.Create(type, 1);
        column.AppendNull();
        return column;
    }
}
