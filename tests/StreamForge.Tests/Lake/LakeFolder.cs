using StreamForge.Core;
using StreamForge.Iceberg.Catalogs;
using StreamForge.Iceberg.Scans;
using StreamForge.ObjectStores.Local;
using StreamForge.Tests.Engine;

namespace StreamForge.Tests.Lake;

/// <summary>Reads the tables of a pipeline's warehouse back, as any reader would: from the newest metadata.</summary>
internal static class LakeFolder
{
    public static WarehouseCatalog Catalog(this PipelineFolder folder) => new(new LocalObjectStore(), LocalPath.ToLocation(folder["data/warehouse"]), TimeProvider.System);

    public static async Task<LoadedTable> TableAsync(this PipelineFolder folder, string name) => await folder.Catalog().LoadAsync(TableName.Parse(name), CancellationToken.None);

    /// <summary>All rows of a table, each as its columns' values; sorted.</summary>
    public static async Task<string[]> RowsAsync(this PipelineFolder folder, string name, params string[] columns)
    {
        var table = await folder.TableAsync(name);
        var scan = await TableScan.PlanAsync(new LocalObjectStore(), table.Metadata, table.MetadataLocation, new ScanOptions(), CancellationToken.None);
        var rows = new List<string>();
        await foreach (var batch in scan.ReadAsync())
        {
            var read = columns.Select(c => batch[c]).ToArray();
            for (var row = 0; row < batch.Count; row++) rows.Add(string.Join('|', read.Select(c => FeatureValue.From(c, row).ToString())));
            batch.Release();
        }
        rows.Sort(StringComparer.Ordinal);
        return [.. rows];
    }

    /// <summary>The data files that lie in a table's folder, whether a snapshot names them or not.</summary>
    public static string[] DataFiles(this PipelineFolder folder, string table)
    {
        var data = folder[$"data/warehouse/{table.Replace('.', '/')}/data"];
        return Directory.Exists(data) ? [.. Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(data, f)).Order(StringComparer.Ordinal)] : [];
    }
}
