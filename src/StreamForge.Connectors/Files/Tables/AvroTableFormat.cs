using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Formats.Avro.Columns;
using StreamForge.Formats.Avro.Files;
using StreamForge.Formats.Avro.Schemas;

namespace StreamForge.Connectors.Files.Tables;

/// <summary>Avro object container files; the columns are the fields of their record.</summary>
internal sealed class AvroTableFormat : TableFormat
{
    public override string Name => "avro";

    public override async ValueTask<Schema> SchemaAsync(string path, CancellationToken cancellation)
    {
        await using var file = await AvroTableFile.OpenAsync(path, new Schema([]), cancellation);
        return file.Schema;
    }

    public override async ValueTask<TableFile> OpenAsync(string path, Schema columns, CancellationToken cancellation) => await AvroTableFile.OpenAsync(path, columns, cancellation);
}

/// <param name="slots">For each wanted column its place among those that are read; -1 for one that the file lacks.</param>
internal sealed class AvroTableFile(IObjectReader source, Schema schema, Schema columns, AvroColumnReader reader, int[] slots) : TableFile(source)
{
    /// <summary>All columns of the file.</summary>
    public Schema Schema => schema;

    public static async ValueTask<AvroTableFile> OpenAsync(string path, Schema columns, CancellationToken cancellation)
    {
        var source = await OpenObjectAsync(path, cancellation);
        try
        {
            var file = await AvroFileReader.OpenAsync(source, cancellation);
            var fields = AvroColumnReader.RecordOf(file).Fields;
            var selections = ImmutableArray.CreateBuilder<AvroSelection>();
            var slots = new int[columns.Count];
            for (var i = 0; i < slots.Length; i++)
            {
                var field = IndexOf(fields, columns[i].Name);
                slots[i] = field < 0 ? -1 : selections.Count;
                if (field >= 0) selections.Add(new AvroSelection(field, columns[i].Type));
            }
            var schema = new Schema(fields.Select(f => new Field(f.Name, AvroTypes.ToColumn(f.Schema))));
            return new AvroTableFile(source, schema, columns, new AvroColumnReader(file, selections.ToImmutable()), slots);
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }
    }

    public override async ValueTask<(Column[] Columns, int Rows)?> ReadAsync(int maxRows, CancellationToken cancellation)
    {
        if (await reader.ReadAsync(maxRows, cancellation) is not { } read) return null;
        var result = new Column[slots.Length];
        for (var i = 0; i < result.Length; i++) result[i] = slots[i] < 0 ? Column.Nulls(columns[i].Type, read.Rows) : read.Columns[slots[i]];
        return (result, read.Rows);
    }

    private static int IndexOf(ImmutableArray<AvroField> fields, string name)
    {
        for (var i = 0; i < fields.Length; i++)
        {
            if (string.Equals(fields[i].Name, name, StringComparison.Ordinal)) return i;
        }
        return -1;
    }
}
