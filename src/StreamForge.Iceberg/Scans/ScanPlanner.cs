using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Iceberg.Manifests;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Iceberg.Scans;

/// <summary>Finds the files of a snapshot that may have rows for the filter, and their deletes (Iceberg specification, "Scan Planning").</summary>
internal sealed class ScanPlanner(IObjectStore store, TableMetadata metadata, ScanContext context, TableSchema schema)
{
    private readonly FileRanges _ranges = new(schema);

    public async ValueTask<ImmutableArray<(PlannedFile, ImmutableArray<PlannedFile>)>> FilesAsync(Snapshot snapshot, CancellationToken cancellation)
    {
        var data = new List<PlannedFile>();
        var deletes = ImmutableArray.CreateBuilder<PlannedFile>();
        foreach (var manifest in await ManifestsAsync(snapshot, cancellation))
        {
            var spec = SpecOf(manifest);
            if (manifest.IsDeletes)
            {
                await foreach (var file in EntriesAsync(manifest, spec, cancellation)) deletes.Add(file);
                continue;
            }
            context.Counts.Manifests++;
            if (context.Filter is { } filter && !filter.MayBeTrue(column => _ranges.OfManifest(column, manifest, spec)))
            {
                context.Counts.ManifestsSkipped++;
                continue;
            }
            await foreach (var file in EntriesAsync(manifest, spec, cancellation))
            {
                context.Counts.Files++;
                if (context.Filter is null || context.Filter.MayBeTrue(column => _ranges.OfFile(column, file.File, spec))) data.Add(file);
                else context.Counts.FilesSkipped++;
            }
        }
        var index = new Deletes(deletes.ToImmutable());
        var planned = data.Select(file => (file, index.Of(file))).ToImmutableArray();
        context.Counts.DeleteFiles = planned.SelectMany(file => file.Item2).Distinct().Count();
        return planned;
    }

    /// <summary>The data file that came last, with its deletes; null when there is none. Manifests of data are opened from the newest on, until one has a file.</summary>
    public async ValueTask<(PlannedFile, ImmutableArray<PlannedFile>)?> NewestFileAsync(Snapshot snapshot, CancellationToken cancellation)
    {
        var manifests = await ManifestsAsync(snapshot, cancellation);
        PlannedFile? newest = null;
        foreach (var manifest in manifests.Where(m => !m.IsDeletes).OrderByDescending(m => m.SequenceNumber))
        {
            await foreach (var file in EntriesAsync(manifest, SpecOf(manifest), cancellation))
            {
                if (newest is null || file.Sequence >= newest.Sequence) newest = file;
            }
            if (newest is not null) break;
        }
        if (newest is null) return null;
        var deletes = ImmutableArray.CreateBuilder<PlannedFile>();
        foreach (var manifest in manifests.Where(m => m.IsDeletes))
        {
            await foreach (var file in EntriesAsync(manifest, SpecOf(manifest), cancellation)) deletes.Add(file);
        }
        return (newest, new Deletes(deletes.ToImmutable()).Of(newest));
    }

    /// <summary>The data files that a snapshot itself added, in the order of its manifests.</summary>
    public async ValueTask<ImmutableArray<PlannedFile>> AddedAsync(Snapshot snapshot, CancellationToken cancellation)
    {
        var added = ImmutableArray.CreateBuilder<PlannedFile>();
        foreach (var manifest in await ManifestsAsync(snapshot, cancellation))
        {
            if (manifest.IsDeletes || manifest.AddedSnapshotId != snapshot.SnapshotId) continue;
            var spec = SpecOf(manifest);
            await using var reader = await store.OpenAsync(context.Locations.Resolve(manifest.Location), cancellation);
            foreach (var entry in await ManifestReader.ReadAsync(reader, manifest, spec, cancellation))
            {
                if (entry.Status == EntryStatus.Added && entry.SnapshotId == snapshot.SnapshotId) added.Add(new PlannedFile(entry.File, entry.SequenceNumber ?? 0, spec));
            }
        }
        return added.ToImmutable();
    }

    private PartitionSpec SpecOf(ManifestFile manifest) =>
        metadata.SpecOf(manifest.SpecId) ?? throw new StreamForgeException(ErrorKind.Corrupt, $"{manifest.Location}: the manifest is of partition spec {manifest.SpecId}, which the table does not have");

    private async ValueTask<ImmutableArray<ManifestFile>> ManifestsAsync(Snapshot snapshot, CancellationToken cancellation)
    {
        if (snapshot.ManifestList is { } list)
        {
            await using var reader = await store.OpenAsync(context.Locations.Resolve(list), cancellation);
            return await ManifestListReader.ReadAsync(reader, cancellation);
        }
        // Version 1 may name its manifests in the snapshot itself; their spec is the table's.
        return [.. snapshot.Manifests.Select(location => new ManifestFile { Location = location, Length = -1, SpecId = metadata.DefaultSpecId, AddedSnapshotId = snapshot.SnapshotId })];
    }

    private async IAsyncEnumerable<PlannedFile> EntriesAsync(ManifestFile manifest, PartitionSpec spec, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var reader = await store.OpenAsync(context.Locations.Resolve(manifest.Location), cancellation);
        foreach (var entry in await ManifestReader.ReadAsync(reader, manifest, spec, cancellation))
        {
            if (entry.Status != EntryStatus.Deleted) yield return new PlannedFile(entry.File, entry.SequenceNumber ?? 0, spec);
        }
    }
}
