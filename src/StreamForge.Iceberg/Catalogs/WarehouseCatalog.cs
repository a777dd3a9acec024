using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using StreamForge.Core;
using StreamForge.Formats;
using StreamForge.Iceberg.Spec;
using StreamForge.Iceberg.Transactions;

namespace StreamForge.Iceberg.Catalogs;

/// <summary>
/// The built-in catalog: tables are folders of a warehouse, <c>{warehouse}/{namespace}/{table}/</c>, and their metadata files are numbered, <c>metadata/v7.metadata.json</c>
/// (the layout of Iceberg's Hadoop catalog, which readers of folders know).
/// <para>
/// A commit on top of version n creates version n + 1, if it is not there: whoever creates it has won, and that is the commit point. <c>version-hint.text</c> follows and is only a hint; the newest version
/// is found by going up from it. Metadata files beyond the newest hundred are deleted, some at a time and the oldest first. So a writer that slept for more than a hundred commits could create a version
/// that existed once. It notices: the version that it built on is then gone, because files go in order. It takes its file back and has lost.
/// </para>
/// </summary>
/// <param name="store">Holds the warehouse.</param>
/// <param name="warehouse">An absolute location, such as <c>file:///data/warehouse</c>.</param>
/// <param name="clock">Dates metadata.</param>
public sealed class WarehouseCatalog(IObjectStore store, string warehouse, TimeProvider clock) : ICatalog
{
    /// <summary>Earlier metadata files that are kept.</summary>
    public const int KeptMetadata = 100;

    /// <summary>So many more are deleted in one go: freeing a large file is part of the file system's next sync, which most commits are thus spared.</summary>
    public const int DeletedTogether = 16;

    private const string Hint = "version-hint.text";
    private const string MetadataEnding = ".metadata.json";

    private readonly string _warehouse = warehouse.TrimEnd('/');

    /// <summary>Where a table's files are.</summary>
    public string LocationOf(TableName name) => string.Join('/', name.Namespace.Prepend(_warehouse).Append(name.Table));

    public async ValueTask<LoadedTable> LoadAsync(TableName name, CancellationToken cancellation)
    {
        var table = LocationOf(name);
        // Between finding a version and reading it a hundred commits may pass and take it away; then the newest is looked for again.
        for (var attempt = 1; ; attempt++)
        {
            var version = await NewestAsync(table, cancellation) ?? throw new StreamForgeException(ErrorKind.NotFound, $"the table {name} does not exist in the warehouse {_warehouse}");
            var location = MetadataOf(table, version);
            try
            {
                return new LoadedTable(name, location, await MetadataFile.ReadAsync(store, location, cancellation));
            }
            catch (StreamForgeException exception) when (exception.Kind == ErrorKind.NotFound && attempt < 10)
            {
                // Looked for again.
            }
        }
    }

    public async ValueTask<LoadedTable> CreateAsync(TableName name, TableCreation creation, CancellationToken cancellation)
    {
        var table = LocationOf(name);
        var metadata = new TableMetadata
        {
            FormatVersion = TableMetadata.WrittenVersion,
            TableUuid = Guid.NewGuid().ToString(),
            Location = table,
            LastUpdatedMs = clock.GetUtcNow().ToUnixTimeMilliseconds(),
            LastColumnId = creation.Schema.HighestId,
            Schemas = [creation.Schema],
            CurrentSchemaId = creation.Schema.SchemaId,
            PartitionSpecs = [creation.Spec],
            DefaultSpecId = creation.Spec.SpecId,
            LastPartitionId = creation.Spec.Fields.Select(part => part.FieldId).Append(PartitionSpec.FirstFieldId - 1).Max(),
            Properties = creation.Properties,
        };
        var location = MetadataOf(table, 1);
        var exists = await NewestAsync(table, cancellation) is not null;
        if (exists || !await TryPutAsync(location, metadata, cancellation))
            throw new StreamForgeException(ErrorKind.Conflict, $"the table {name} exists already in the warehouse {_warehouse}");
        await WriteHintAsync(table, 1, cancellation);
        return new LoadedTable(name, location, metadata);
    }

    public async ValueTask<bool> IsCurrentAsync(LoadedTable table, CancellationToken cancellation) =>
        !await store.ExistsAsync(MetadataOf(LocationOf(table.Name), VersionOf(table) + 1), cancellation) && await store.ExistsAsync(table.MetadataLocation, cancellation);

    public async ValueTask<LoadedTable> CommitAsync(LoadedTable table, TableChange change, CancellationToken cancellation)
    {
        var version = VersionOf(table) + 1;
        var folder = LocationOf(table.Name);
        var location = MetadataOf(folder, version);
        var changed = change.Apply(table.Metadata);
        var log = table.Metadata.MetadataLog.Add(new MetadataLogEntry(table.Metadata.LastUpdatedMs, table.MetadataLocation));
        var surplus = log.Length >= KeptMetadata + DeletedTogether ? log.Length - KeptMetadata : 0;
        changed = changed with { LastUpdatedMs = Math.Max(changed.LastUpdatedMs, table.Metadata.LastUpdatedMs + 1), MetadataLog = log[surplus..] };
        if (!await TryPutAsync(location, changed, cancellation))
            throw new CommitConflictException($"somebody else committed version {version} of the table {table.Name} first");
        if (!await store.ExistsAsync(table.MetadataLocation, cancellation))
        {
            var newest = await LoadAsync(table.Name, cancellation);
            if (newest.MetadataLocation != location && newest.Metadata.MetadataLog.All(entry => entry.MetadataFile != location))
            {
                await store.DeleteAsync(location, cancellation);
                throw new CommitConflictException($"version {version} of the table {table.Name} is long past");
            }
        }
        await FollowUpAsync(folder, version, log[..surplus], cancellation);
        return new LoadedTable(table.Name, location, changed);
    }

    public async ValueTask<ImmutableArray<TableName>> ListAsync(CancellationToken cancellation)
    {
        var names = new SortedDictionary<string, TableName>(StringComparer.Ordinal);
        var prefix = _warehouse + "/";
        await foreach (var found in store.ListAsync(prefix, cancellation))
        {
            var parts = found.Location[prefix.Length..].Split('/');
            if (parts.Length < 3 || parts[^2] != "metadata" || !TryVersion(parts[^1], out _)) continue;
            var name = new TableName([.. parts[..^3]], parts[^3]);
            names.TryAdd(name.ToString(), name);
        }
        return [.. names.Values];
    }

    public async ValueTask DropAsync(TableName name, CancellationToken cancellation)
    {
        var table = LocationOf(name);
        var files = new List<string>();
        await foreach (var found in store.ListAsync(table + "/", cancellation)) files.Add(found.Location);
        // Without its metadata the table is gone; should this end early, the rest is unreferenced.
        foreach (var location in files.OrderByDescending(file => file.EndsWith(MetadataEnding, StringComparison.Ordinal))) await store.DeleteAsync(location, cancellation);
    }

    /// <summary>What follows the commit point. The commit stands whatever becomes of it.</summary>
    private async ValueTask FollowUpAsync(string table, int version, ImmutableArray<MetadataLogEntry> surplus, CancellationToken cancellation)
    {
        try
        {
            await WriteHintAsync(table, version, cancellation);
            foreach (var entry in surplus) await store.DeleteAsync(entry.MetadataFile, cancellation);
        }
        catch (StreamForgeException)
        {
            // An old hint is found out by going up from it, and surplus files are only surplus.
        }
    }

    private async ValueTask WriteHintAsync(string table, int version, CancellationToken cancellation)
    {
        // A slower writer must not turn the hint back.
        if (await ReadHintAsync(table, cancellation) is { } known && known >= version) return;
        await store.TryPutAsync($"{table}/metadata/{Hint}", Encoding.UTF8.GetBytes(version.ToString(CultureInfo.InvariantCulture)), overwrite: true, cancellation);
    }

    private async ValueTask<int?> ReadHintAsync(string table, CancellationToken cancellation)
    {
        try
        {
            await using var reader = await store.OpenAsync($"{table}/metadata/{Hint}", cancellation);
            if (reader.Length > 20) return null;
            var bytes = new byte[reader.Length];
            await reader.ReadAsync(0, bytes, cancellation);
            return int.TryParse(Encoding.UTF8.GetString(bytes).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null;
        }
        catch (StreamForgeException exception) when (exception.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }

    /// <summary>The newest version; null when there is no table.</summary>
    private async ValueTask<int?> NewestAsync(string table, CancellationToken cancellation)
    {
        var version = await ReadHintAsync(table, cancellation);
        if (version is null || !await store.ExistsAsync(MetadataOf(table, version.Value), cancellation))
        {
            version = null;
            await foreach (var found in store.ListAsync($"{table}/metadata/", cancellation))
            {
                if (TryVersion(found.Location[(found.Location.LastIndexOf('/') + 1)..], out var number) && number > (version ?? 0)) version = number;
            }
        }
        while (version is { } known && await store.ExistsAsync(MetadataOf(table, known + 1), cancellation)) version = known + 1;
        return version;
    }

    private static string MetadataOf(string table, int version) => string.Create(CultureInfo.InvariantCulture, $"{table}/metadata/v{version}{MetadataEnding}");

    private static int VersionOf(LoadedTable table) =>
        TryVersion(table.MetadataLocation[(table.MetadataLocation.LastIndexOf('/') + 1)..], out var version)
            ? version
            : throw new StreamForgeException(ErrorKind.NotSupported, $"the table {table.Name} has the metadata file {table.MetadataLocation}; writing tables of other catalogs is not supported yet");

    private static bool TryVersion(string file, out int version)
    {
        version = 0;
        return file.StartsWith('v') && file.EndsWith(MetadataEnding, StringComparison.Ordinal) &&
            int.TryParse(file.AsSpan(1, file.Length - 1 - MetadataEnding.Length), NumberStyles.None, CultureInfo.InvariantCulture, out version);
    }

    /// <summary>About how long the printed metadata is, and not less for a table that is not odd: growing would copy a megabyte.</summary>
    private static int Length(TableMetadata metadata) =>
        65536 + metadata.Snapshots.Sum(snapshot => snapshot.Json.Length + 1) + 96 * metadata.SnapshotLog.Length + metadata.MetadataLog.Sum(entry => entry.MetadataFile.Length + 64);

    private async ValueTask<bool> TryPutAsync(string location, TableMetadata metadata, CancellationToken cancellation)
    {
        using var buffer = new PooledBuffer();
        buffer.GetSpan(Length(metadata));
        MetadataPrinter.Print(metadata, buffer);
        return await store.TryPutAsync(location, buffer.WrittenMemory, overwrite: false, cancellation);
    }
}
