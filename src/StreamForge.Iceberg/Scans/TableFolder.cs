using System.Globalization;
using StreamForge.Core;
using StreamForge.Iceberg.Catalogs;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Iceberg.Scans;

/// <summary>Finds a table that no catalog of ours knows, by its folder or its metadata file.</summary>
public static class TableFolder
{
    /// <param name="store">Holds the table.</param>
    /// <param name="location">A metadata file (<c>….metadata.json</c>), or a table's folder, of which the newest metadata is taken: what <c>version-hint.text</c> says, else the file that was updated last by what stands in it.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <returns>The metadata, and where it was found.</returns>
    /// <exception cref="StreamForgeException">NotFound: there is no metadata. Corrupt, NotSupported: it cannot be read.</exception>
    public static async ValueTask<(TableMetadata Metadata, string Location)> LoadAsync(IObjectStore store, string location, CancellationToken cancellation)
    {
        if (location.EndsWith(".metadata.json", StringComparison.Ordinal)) return (await MetadataFile.ReadAsync(store, location, cancellation), location);
        var folder = location.TrimEnd('/') + "/metadata/";
        if (await HintAsync(store, folder, cancellation) is { } hinted) return (await MetadataFile.ReadAsync(store, hinted, cancellation), hinted);
        (TableMetadata Metadata, string Location)? newest = null;
        await foreach (var file in store.ListAsync(folder, cancellation))
        {
            if (!file.Location.EndsWith(".metadata.json", StringComparison.Ordinal) && !file.Location.EndsWith(".metadata.json.gz", StringComparison.Ordinal)) continue;
            var metadata = await MetadataFile.ReadAsync(store, file.Location, cancellation);
            if (newest is not { } best || (metadata.LastUpdatedMs, file.Location).CompareTo((best.Metadata.LastUpdatedMs, best.Location)) > 0) newest = (metadata, file.Location);
        }
        return newest ?? throw new StreamForgeException(ErrorKind.NotFound, $"there is no Iceberg table at {location}: {folder} has no metadata");
    }

    private static async ValueTask<string?> HintAsync(IObjectStore store, string folder, CancellationToken cancellation)
    {
        if (!await store.ExistsAsync(folder + "version-hint.text", cancellation)) return null;
        await using var reader = await store.OpenAsync(folder + "version-hint.text", cancellation);
        var bytes = new byte[Math.Min(reader.Length, 1000)];
        await reader.ReadAsync(0, bytes, cancellation);
        var hint = System.Text.Encoding.UTF8.GetString(bytes).Trim();
        foreach (var name in new[] { $"v{hint}.metadata.json", $"v{hint}.gz.metadata.json", $"{hint}.metadata.json" })
        {
            if (await store.ExistsAsync(folder + name, cancellation)) return await NewerAsync(store, folder, hint, cancellation) ?? folder + name;
        }
        return null;
    }

    /// <summary>A writer that died after its commit has left the hint behind: the newest version is found by going up from it. Null when there is none newer.</summary>
    private static async ValueTask<string?> NewerAsync(IObjectStore store, string folder, string hint, CancellationToken cancellation)
    {
        if (!int.TryParse(hint, NumberStyles.None, CultureInfo.InvariantCulture, out var version)) return null;
        string? newest = null;
        while (version < int.MaxValue)
        {
            var next = string.Create(CultureInfo.InvariantCulture, $"{folder}v{++version}.metadata.json");
            if (!await store.ExistsAsync(next, cancellation)) break;
            newest = next;
        }
        return newest;
    }
}
