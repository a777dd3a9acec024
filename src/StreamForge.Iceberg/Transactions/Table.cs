using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using StreamForge.Core;
using StreamForge.Iceberg.Catalogs;
using StreamForge.Iceberg.Manifests;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Iceberg.Transactions;

/// <summary>
/// A table that is open for writing.
/// <para>
/// A commit is optimistic: (1) the data files are there; (2) their manifest is written, (3) the snapshot's manifest list, both under names that nothing refers to yet; (4) the catalog publishes new metadata,
/// unless somebody else has published on top of the same metadata: <b>this is the commit point</b>; (5) the catalog's hints follow. A process that dies before (4) leaves unreferenced files, after it a
/// whole commit. Who loses at (4) loads the newer metadata and makes the same change on top of it, so that two writers on one table lose nothing. When the outcome of (4) is unknown, because the
/// store failed, the commit's id is looked for in the snapshots' summaries before anything is tried again.
/// </para>
/// The metadata and the list of manifests of the last commit are kept, so that a commit reads nothing while nobody else writes. Used by one task at a time.
/// </summary>
public sealed class Table
{
    private const int MaxAttempts = 100;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private readonly ICatalog _catalog;
    private readonly IObjectStore _store;
    private readonly TimeProvider _clock;
    private LoadedTable _loaded;
    private (string List, ImmutableArray<ManifestFile> Manifests)? _manifests;

    public Table(ICatalog catalog, IObjectStore store, TimeProvider clock, LoadedTable loaded)
    {
        (_catalog, _store, _clock, _loaded) = (catalog, store, clock, loaded);
    }

    public TableName Name => _loaded.Name;

    /// <summary>As of the last commit or refresh.</summary>
    public TableMetadata Metadata => _loaded.Metadata;

    /// <summary>The metadata's file.</summary>
    public string MetadataLocation => _loaded.MetadataLocation;

    /// <summary>Loads what others have committed since.</summary>
    public async ValueTask RefreshAsync(CancellationToken cancellation) => _loaded = await _catalog.LoadAsync(Name, cancellation);

    /// <summary>Adds files to the table in one snapshot; once, however often it is called with the same <paramref name="commitId"/>.</summary>
    /// <param name="files">Written with the current schema, or an earlier one, and the default spec.</param>
    /// <param name="commitId">Unique among all commits to the table, for ever; kept in the summary as <c>streamforge.commit</c>.</param>
    /// <param name="properties">Further properties of the summary.</param>
    /// <param name="cancellation">Ends the attempts; the outcome is unknown then, and a repetition settles it.</param>
    /// <returns>The snapshot of this commit, which may be an earlier one.</returns>
    public async ValueTask<Snapshot> AppendAsync(IReadOnlyList<DataFile> files, string commitId, IReadOnlyDictionary<string, string> properties, CancellationToken cancellation)
    {
        var snapshotId = NewSnapshotId();
        var writer = new AppendWriter(_store, files, snapshotId);
        var summary = properties.Append(KeyValuePair.Create(Snapshot.CommitProperty, commitId)).ToArray();
        // Another process may have made this very commit, and nothing else tells.
        await RefreshIfOlderAsync(cancellation);
        string? list = null;
        await CommitAsync(
            metadata => metadata.FindCommit(commitId) is not null,
            async metadata =>
            {
                var before = await ManifestsAsync(metadata, cancellation);
                var sequence = metadata.LastSequenceNumber + 1;
                list = await writer.WriteAsync(metadata, before, sequence, cancellation);
                var timestamp = Math.Max(_clock.GetUtcNow().ToUnixTimeMilliseconds(), metadata.LastUpdatedMs + 1);
                var snapshot = new Snapshot(
                    snapshotId, metadata.CurrentSnapshotId, sequence, timestamp, AppendPlan.Summary(metadata.CurrentSnapshot, files, summary), list, metadata.CurrentSchemaId);
                return new TableChange([new AssertTableUuid(metadata.TableUuid), new AssertBranch(metadata.CurrentSnapshotId)], [new AddSnapshot(snapshot)]);
            },
            cancellation);
        var committed = Metadata.FindCommit(commitId)!;
        if (committed.SnapshotId == snapshotId && committed.ManifestList == list && Metadata.CurrentSnapshotId == snapshotId) _manifests = (list!, writer.Manifests);
        await writer.CleanAsync(committed.SnapshotId == snapshotId ? committed.ManifestList : null, cancellation);
        return committed;
    }

    /// <summary>Makes room for a writer's columns; see <see cref="SchemaEvolution"/>.</summary>
    public ValueTask EvolveAsync(Schema columns, CancellationToken cancellation) => CommitAsync(
        metadata => SchemaEvolution.Plan(metadata, columns).IsEmpty, metadata => new ValueTask<TableChange>(SchemaEvolution.Plan(metadata, columns)), cancellation);

    /// <summary>Sets properties of the table.</summary>
    public ValueTask SetPropertiesAsync(ImmutableSortedDictionary<string, string> properties, CancellationToken cancellation) => CommitAsync(
        metadata => properties.All(property => metadata.Properties.TryGetValue(property.Key, out var value) && value == property.Value),
        metadata => new ValueTask<TableChange>(new TableChange([new AssertTableUuid(metadata.TableUuid)], [new SetProperties(properties)])), cancellation);

    /// <summary>The manifests of the current snapshot.</summary>
    public ValueTask<ImmutableArray<ManifestFile>> ManifestsAsync(CancellationToken cancellation) => ManifestsAsync(Metadata, cancellation);

    /// <summary>Makes a change until it is there.</summary>
    /// <param name="isDone">Whether the table has the change already.</param>
    /// <param name="plan">The change on top of given metadata; called again after a conflict.</param>
    /// <param name="cancellation">Ends the attempts.</param>
    public async ValueTask CommitAsync(Func<TableMetadata, bool> isDone, Func<TableMetadata, ValueTask<TableChange>> plan, CancellationToken cancellation)
    {
        for (var attempt = 1; !isDone(Metadata); attempt++)
        {
            if (Metadata.FormatVersion != TableMetadata.WrittenVersion)
                throw new StreamForgeException(ErrorKind.NotSupported, $"the table {Name} has format version {Metadata.FormatVersion}; writing other versions than {TableMetadata.WrittenVersion} is not supported yet");
            try
            {
                var change = await plan(Metadata);
                if (change.IsEmpty) return;
                _loaded = await _catalog.CommitAsync(_loaded, change, cancellation);
                return;
            }
            catch (StreamForgeException exception) when (exception.Retryable && attempt < MaxAttempts)
            {
                // A conflict is certain; after any other failure the commit may be there. Either way the newest metadata tell.
                await PauseAsync(attempt, cancellation);
                await RefreshAsync(cancellation);
                if (exception is not CommitConflictException && !isDone(Metadata)) throw;
            }
        }
    }

    private async ValueTask RefreshIfOlderAsync(CancellationToken cancellation)
    {
        if (!await _catalog.IsCurrentAsync(_loaded, cancellation)) await RefreshAsync(cancellation);
    }

    private async ValueTask<ImmutableArray<ManifestFile>> ManifestsAsync(TableMetadata metadata, CancellationToken cancellation)
    {
        if (metadata.CurrentSnapshot?.ManifestList is not { } list) return [];
        if (_manifests is { } known && known.List == list) return known.Manifests;
        await using var source = await _store.OpenAsync(list, cancellation);
        var manifests = await ManifestListReader.ReadAsync(source, cancellation);
        _manifests = (list, manifests);
        return manifests;
    }

    /// <summary>Waits longer with every attempt, and not as long as the others that wait.</summary>
    private async ValueTask PauseAsync(int attempt, CancellationToken cancellation)
    {
        var longest = Math.Min(LongestPause.TotalMilliseconds, Math.Pow(2, Math.Min(attempt, 20)));
        await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * longest), _clock, cancellation);
    }

    /// <summary>Random, positive, never 0.</summary>
    private static long NewSnapshotId()
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return Math.Max(1, BinaryPrimitives.ReadInt64LittleEndian(bytes) & long.MaxValue);
    }
}
