using StreamForge.Core;
using StreamForge.Iceberg.Catalogs;
using StreamForge.Iceberg.Scans;
using StreamForge.Iceberg.Spec;
using StreamForge.ObjectStores.Local;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Connectors.Tables;

/// <summary>The table that a source names, in a warehouse or by its path.</summary>
/// <param name="store">Holds it.</param>
/// <param name="options">What the source says.</param>
/// <param name="warehouse">The location that a table's name counts from.</param>
internal sealed class TableReference(IObjectStore store, IcebergSourceOptions options, string warehouse, TimeProvider clock)
{
    public IObjectStore Store => store;

    /// <summary>The table as it is now.</summary>
    /// <exception cref="StreamForgeException">NotFound: there is none. Corrupt, NotSupported: its metadata cannot be read.</exception>
    public async ValueTask<(TableMetadata Metadata, string Location)> LoadAsync(CancellationToken cancellation)
    {
        if (options.Path is { } path) return await TableFolder.LoadAsync(store, LocalPath.ToLocation(path), cancellation);
        var table = await new WarehouseCatalog(store, warehouse, clock).LoadAsync(TableName.Parse(options.Table!), cancellation);
        return (table.Metadata, table.MetadataLocation);
    }

    public override string ToString() => options.Table ?? options.Path!;
}
