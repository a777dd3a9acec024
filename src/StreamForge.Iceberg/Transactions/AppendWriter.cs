using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using StreamForge.Core;
using StreamForge.Iceberg.Manifests;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Iceberg.Transactions;

/// <summary>
/// Writes what a commit needs before the catalog makes it visible: the manifest of the new files once, and for each attempt the manifest list (and a merged manifest where there are many).
/// None of these files is referenced before the commit; those of attempts that lost are deleted when the commit is settled.
/// </summary>
internal sealed class AppendWriter(IObjectStore store, IReadOnlyList<DataFile> files, long snapshotId)
{
    private readonly string _token = Guid.NewGuid().ToString();
    private readonly List<string> _written = [];
    private ImmutableArray<ManifestEntry> _added = [];
    private ManifestFile? _manifest;
    private (int SchemaId, int SpecId) _manifestFor;
    private int _count;

    /// <summary>The snapshot's manifests as the last attempt wrote them.</summary>
    public ImmutableArray<ManifestFile> Manifests { get; private set; } = [];

    /// <summary>Writes the files of a snapshot on top of <paramref name="metadata"/>, whose manifests are <paramref name="before"/>.</summary>
    /// <returns>Where the manifest list is.</returns>
    public async ValueTask<string> WriteAsync(TableMetadata metadata, ImmutableArray<ManifestFile> before, long sequenceNumber, CancellationToken cancellation)
    {
        var merge = AppendPlan.ToMerge(metadata, before, metadata.DefaultSpecId);
        ManifestFile manifest;
        if (merge.IsEmpty)
        {
            manifest = _manifest is { } written && _manifestFor == (metadata.CurrentSchemaId, metadata.DefaultSpecId) ? written : await WriteManifestAsync(metadata, Added(), cancellation);
            (_manifest, _manifestFor) = (manifest, (metadata.CurrentSchemaId, metadata.DefaultSpecId));
        }
        else
        {
            var entries = new List<ManifestEntry>();
            foreach (var old in merge)
            {
                await using var source = await store.OpenAsync(old.Location, cancellation);
                entries.AddRange(await ManifestReader.ReadAsync(source, old, metadata.DefaultSpec, cancellation));
            }
            manifest = await WriteManifestAsync(metadata, [.. AppendPlan.Merge(Added(), entries)], cancellation);
        }
        Manifests = [AppendPlan.Numbered(manifest, sequenceNumber), .. merge.IsEmpty ? before : before.RemoveRange(merge)];
        var location = string.Create(CultureInfo.InvariantCulture, $"{metadata.Location}/metadata/snap-{snapshotId}-{++_count}-{_token}.avro");
        var list = new ArrayBufferWriter<byte>(4096);
        ManifestListWriter.Write(list, Manifests, snapshotId, metadata.CurrentSnapshotId, sequenceNumber);
        await PutAsync(location, list.WrittenMemory, cancellation);
        return location;
    }

    /// <summary>Deletes what was written for attempts that are certainly not in the table; what cannot be deleted stays behind unreferenced.</summary>
    /// <param name="manifestList">The committed list, or null when nothing was committed.</param>
    public async ValueTask CleanAsync(string? manifestList, CancellationToken cancellation)
    {
        foreach (var location in _written)
        {
            if (manifestList is not null && (location == manifestList || Manifests.Any(manifest => manifest.Location == location))) continue;
            try
            {
                await store.DeleteAsync(location, cancellation);
            }
            catch (StreamForgeException)
            {
                // Unreferenced files are allowed; the commit itself is settled.
            }
        }
    }

    private ImmutableArray<ManifestEntry> Added()
    {
        if (_added.IsEmpty) _added = [.. files.Select(file => new ManifestEntry(EntryStatus.Added, snapshotId, null, null, file))];
        return _added;
    }

    private async ValueTask<ManifestFile> WriteManifestAsync(TableMetadata metadata, IReadOnlyCollection<ManifestEntry> entries, CancellationToken cancellation)
    {
        var location = string.Create(CultureInfo.InvariantCulture, $"{metadata.Location}/metadata/{_token}-m{_count}.avro");
        var bytes = new ArrayBufferWriter<byte>(4096);
        var manifest = ManifestWriter.Write(bytes, location, metadata.CurrentSchema, metadata.DefaultSpec, entries, snapshotId);
        await PutAsync(location, bytes.WrittenMemory, cancellation);
        return manifest;
    }

    private async ValueTask PutAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        await store.TryPutAsync(location, content, overwrite: true, cancellation);
        _written.Add(location);
    }
}
