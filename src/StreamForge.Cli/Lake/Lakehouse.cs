using System.Globalization;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Storage;
using StreamForge.Iceberg.Catalogs;
using StreamForge.ObjectStores.Local;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Cli.Lake;

/// <summary>
/// The tables that a command line can reach: those of the warehouses that a data directory's pipelines last ran with, of one warehouse, or any table by the path of its folder or of a metadata file. Nothing is locked and
/// nothing written, so it works while a server writes: a metadata file, once there, never changes.
/// </summary>
internal sealed class Lakehouse(DataDirectory data, string? warehouse, TimeProvider clock)
{
    private const string MetadataEnding = ".metadata.json";

    public IObjectStore Store { get; } = new LocalObjectStore();

    /// <summary>Every table, by name.</summary>
    public async Task<List<LoadedTable>> ListAsync(CancellationToken cancellation)
    {
        var tables = new List<LoadedTable>();
        foreach (var (catalog, name) in await NamesAsync(cancellation)) tables.Add(await catalog.LoadAsync(name, cancellation));
        return [.. tables.OrderBy(t => t.Name.ToString(), StringComparer.Ordinal)];
    }

    /// <param name="table">A name such as <c>retail.order_lines</c>, or the path of a table's folder or of a metadata file.</param>
    /// <exception cref="StreamForgeException">NotFound, with the nearest name.</exception>
    public async Task<LoadedTable> FindAsync(string table, CancellationToken cancellation)
    {
        if (MetadataPath(table) is { } path) return await LoadAsync(path, cancellation);
        var known = await NamesAsync(cancellation);
        foreach (var (catalog, name) in known)
        {
            if (name.ToString() == table) return await catalog.LoadAsync(name, cancellation);
        }
        var places = string.Join(", ", Warehouses().Select(LocalPath.FromLocation));
        throw new StreamForgeException(
            ErrorKind.NotFound,
            known.Count == 0
                ? $"there is no table '{table}': {places} holds none; run a pipeline with an iceberg sink first, or name another place with --data-dir or --warehouse"
                : $"there is no table '{table}' in {places}{DefinitionText.Suggest(table, known.Select(k => k.Name.ToString()))}");
    }

    private async Task<LoadedTable> LoadAsync(string path, CancellationToken cancellation)
    {
        var folder = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(path)));
        var location = LocalPath.ToLocation(path);
        return new LoadedTable(new TableName([], Path.GetFileName(folder) ?? ""), location, await MetadataFile.ReadAsync(Store, location, cancellation));
    }

    /// <summary>Every table's name, warehouse by warehouse.</summary>
    public async Task<List<(WarehouseCatalog Catalog, TableName Name)>> NamesAsync(CancellationToken cancellation)
    {
        var names = new List<(WarehouseCatalog, TableName)>();
        foreach (var location in Warehouses())
        {
            var catalog = new WarehouseCatalog(Store, location, clock);
            foreach (var name in await catalog.ListAsync(cancellation)) names.Add((catalog, name));
        }
        return names;
    }

    /// <summary>The warehouse that was named, else the data directory's own and those that its pipelines name.</summary>
    private IEnumerable<string> Warehouses()
    {
        if (warehouse is not null) return [warehouse.Contains("://", StringComparison.Ordinal) ? warehouse : LocalPath.ToLocation(warehouse)];
        var named = CatalogEntry.All(data).Select(e => e.Warehouse).OfType<string>();
        return named.Prepend(LocalPath.ToLocation(data.Warehouse)).Select(location => location.TrimEnd('/')).Distinct(StringComparer.Ordinal);
    }

    /// <summary>The metadata file that a path means: itself, or the newest of a table's folder; null when it is no path.</summary>
    private static string? MetadataPath(string text)
    {
        var path = text.StartsWith("file:", StringComparison.Ordinal) ? LocalPath.FromLocation(text) : text;
        var isPath = path != text || path.Contains('/', StringComparison.Ordinal) || path.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal);
        if (path.EndsWith(MetadataEnding, StringComparison.Ordinal) && (isPath || File.Exists(path))) return path;
        var metadata = Path.Combine(path, "metadata");
        if (!Directory.Exists(metadata)) return isPath ? throw new StreamForgeException(ErrorKind.NotFound, $"{path} is no table: it has no folder metadata; name a table's folder or a {MetadataEnding} file") : null;
        return Directory.EnumerateFiles(metadata, "*" + MetadataEnding).Where(f => Version(f) >= 0).OrderByDescending(Version).ThenByDescending(f => f, StringComparer.Ordinal).FirstOrDefault()
            ?? throw new StreamForgeException(ErrorKind.NotFound, $"{metadata} holds no {MetadataEnding} file; name a table's folder or a metadata file");
    }

    /// <summary>The number in <c>v7.metadata.json</c> and <c>00007-5c9a….metadata.json</c>; -1 for other names.</summary>
    private static long Version(string file)
    {
        var name = Path.GetFileName(file.AsSpan());
        if (name.StartsWith("v")) name = name[1..];
        var digits = name.IndexOfAnyExceptInRange('0', '9');
        return digits > 0 && long.TryParse(name[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : -1;
    }
}
