using StreamForge.Cluster.Images;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Waiting;
using StreamForge.Core;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Slices;

namespace StreamForge.Cluster.Partitions;

/// <summary>
/// Makes rows of what a partition reads: its stage and, where the images of its rows are stored, these. It always stands at a boundary of the partition (<see cref="GoOn"/>), and a read either takes it to the next one or
/// leaves it for a rewind. Used as its <see cref="PartitionProcess"/> is.
/// </summary>
internal sealed class PartitionIntake(PartitionSettings settings, PartitionPorts ports, Guid writer)
{
    private readonly ImageLoader _loader = new(ports.Images, new ImageOwner(PartitionRecord.NameOf(settings.Id), writer, settings.Index));
    private BoundsJournal _journal = null!;
    private PartitionStage _stage = null!;

    /// <summary>The stored images; null where none are.</summary>
    public PartitionImages? Images { get; } = settings.Source.Definition.Changelog is { Before: BeforeImages.Stored } ? new PartitionImages(settings.MostCachedImageBytes) : null;

    /// <summary>Whether more images may change before those that have are in storage.</summary>
    public bool HasRoom => !(Images?.ChangedBytes >= settings.MostChangedImageBytes);

    /// <summary>What the stage knows now.</summary>
    public StageState State => _stage.State;

    /// <summary>The next read follows <paramref name="boundary"/>.</summary>
    /// <param name="boundary">Where the partition stands.</param>
    /// <param name="journal">What the stage judges events by.</param>
    public void GoOn(PartitionBoundary boundary, BoundsJournal journal)
    {
        _journal = journal;
        var changelog = settings.IsChangelog ? new ChangelogPartition(settings.Id, settings.SourcePartitions, Images) : null;
        _stage = new PartitionStage(settings.Plan, settings.Source, settings.Index, shards: 1, journal, ports.Clock, boundary.Stage, changelog);
    }

    /// <summary>The columns of stored images: those of the source that are read.</summary>
    public string ImageColumns => Pipeline.Changes.ImageColumns.Of(settings.Source.Columns);

    /// <summary>Refuses a record whose images have other columns than those that are read.</summary>
    /// <exception cref="StreamForgeException">Conflict.</exception>
    public void CheckColumns(PartitionRecord stored)
    {
        if (Images is null) return;
        if (stored.ImageColumns is null && stored.Stage.Rows > 0)
            throw new StreamForgeException(ErrorKind.Conflict, $"the source {settings.Id.Source} says before: stored, but the state that is kept has no images of its rows; give the pipeline another name to compute everything again");
        if (stored.ImageColumns is { } columns && columns != ImageColumns)
        {
            throw new StreamForgeException(
                ErrorKind.Conflict, $"the definition reads the columns {ImageColumns} of {settings.Id.Source}, and the images that are stored of its rows have {columns}; keep the columns that are read, or take the definition in with ./streamforge apply FILE --postgres URL while no node runs");
        }
    }

    /// <summary>Makes rows of a read. The images that its events replace are brought from storage before; where it turns out that more are needed, it begins again with them.</summary>
    /// <param name="before">Where the partition stands before it.</param>
    /// <param name="isCurrent">Whether the partition has not been rewound since.</param>
    /// <param name="waits">Is told why it waits for storage, and null when it no longer does.</param>
    /// <param name="cancellation">The process ends.</param>
    /// <returns>null when the partition was rewound meanwhile.</returns>
    public async ValueTask<StageResult?> ProcessAsync(SourceBatch read, PartitionBoundary before, Func<bool> isCurrent, Action<string?> waits, CancellationToken cancellation)
    {
        if (Images is not { } images || read.Changes is not { } changes) return _stage.Process(read);
        images.Abandon();
        if (!await BringAsync(() => _loader.BringAsync(images, KeysOf(changes), cancellation), isCurrent, waits, cancellation)) return null;
        while (true)
        {
            try
            {
                images.Begin(before.Images);
                return _stage.Process(read);
            }
            catch (ImagesAbsentException absent)
            {
                _journal.Restart(before.Position, before.Own, before.Reached);
                GoOn(before, _journal);
                Func<ValueTask> bring = absent.Key is { } key ? () => _loader.BringAsync(images, [key], cancellation) : () => _loader.BringAllAsync(images, cancellation);
                if (!await BringAsync(bring, isCurrent, waits, cancellation)) return null;
            }
        }
    }

    /// <summary>Reads storage until it answers.</summary>
    /// <returns>false when the partition was rewound meanwhile.</returns>
    private async ValueTask<bool> BringAsync(Func<ValueTask> bring, Func<bool> isCurrent, Action<string?> waits, CancellationToken cancellation)
    {
        for (var backoff = default(Backoff); ; backoff = backoff.Next)
        {
            try
            {
                await bring();
                waits(null);
                return isCurrent();
            }
            catch (StreamForgeException error) when (error.Retryable)
            {
                if (!isCurrent()) return false;
                waits(error.Message);
            }
            await backoff.WaitAsync(ports.Clock, cancellation);
            if (!isCurrent()) return false;
        }
    }

    private static HashSet<byte[]> KeysOf(ChangeEvents changes)
    {
        var keys = new HashSet<byte[]>(KeyBytes.Instance);
        var lookup = keys.GetAlternateLookup<ReadOnlySpan<byte>>();
        for (var i = 0; i < changes.Events.Count; i++)
        {
            if (!changes.Keys.IsNull(i)) lookup.Add(changes.Keys[i]);
        }
        return keys;
    }

    /// <summary>What batches make of the images, one after another.</summary>
    public ImageChanges? Changes((long Batch, IReadOnlyDictionary<byte[], byte[]?> Images)[] batches)
    {
        if (batches.Length == 0) return null;
        var last = new Dictionary<byte[], byte[]?>(KeyBytes.Instance);
        foreach (var (_, images) in batches)
        {
            foreach (var (key, image) in images) last[key] = image;
        }
        return new ImageChanges(settings.Index, [.. last.Select(static i => new ImageRow(i.Key, i.Value))]);
    }
}
