using StreamForge.Core;

namespace StreamForge.Connectors.Files.Tables;

/// <summary>A format of files that say their own columns.</summary>
internal abstract class TableFormat
{
    /// <summary>As the pipeline file calls it.</summary>
    public abstract string Name { get; }

    /// <summary>All columns of a file, each of the type that holds its values as they are.</summary>
    public abstract ValueTask<Schema> SchemaAsync(string path, CancellationToken cancellation);

    /// <summary>Opens a file to read <paramref name="columns"/> of it; one that the file lacks is null in every row.</summary>
    public abstract ValueTask<TableFile> OpenAsync(string path, Schema columns, CancellationToken cancellation);

    /// <summary>The format of that name, or null.</summary>
    public static TableFormat? Find(string name) => name switch
    {
        "avro" => new AvroTableFormat(),
        "parquet" => new ParquetTableFormat(),
        _ => null,
    };

    /// <summary>Whether every value of the file's type is one of the wanted type, and both mean the same.</summary>
    public static bool IsLossless(DataType file, DataType wanted) => (file.Kind, wanted.Kind) switch
    {
        (TypeKind.Decimal, TypeKind.Decimal) => wanted.Scale >= file.Scale && wanted.Precision - wanted.Scale >= file.Precision - file.Scale,
        (TypeKind.Int, TypeKind.BigInt or TypeKind.Double) => true,
        (TypeKind.Date, TypeKind.Timestamp or TypeKind.TimestampTz) => true,
        (TypeKind.Timestamp, TypeKind.TimestampTz) or (TypeKind.TimestampTz, TypeKind.Timestamp) => true,
        (TypeKind.Array or TypeKind.Map or TypeKind.Row, TypeKind.String) => true,
        _ => file.Kind == wanted.Kind,
    };
}
