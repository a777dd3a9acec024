using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Embedded.Storage;
using StreamForge.Pipeline.Changes;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Images;

/// <summary>The image logs of a pipeline: one for each partition of a source with <c>before: stored</c>. Owns them until disposed.</summary>
internal sealed class PartitionImages : IDisposable
{
    private readonly Dictionary<PartitionId, ImageLog> _logs = [];

    private PartitionImages()
    {
    }

    /// <summary>The log of a partition; null where its source stores none.</summary>
    public ImageLog? Of(PartitionId partition) => _logs.GetValueOrDefault(partition);

    /// <summary>The columns of a source's images, as a checkpoint names them.</summary>
    public static string Columns(SourcePlan source) => ImageColumns.Of(source.Columns);

    /// <summary>Opens the images as a checkpoint counts them; nothing on disk is changed until <see cref="Continue"/>.</summary>
    /// <returns>null when those of a partition are missing or damaged.</returns>
    /// <exception cref="StreamForgeException">Conflict when the definition needs more of rows than was stored.</exception>
    public static PartitionImages? TryOpen(PipelinePlan plan, DataDirectory data, long memory, CheckpointManifest manifest)
    {
        var images = new PartitionImages();
        foreach (var saved in manifest.Partitions)
        {
            if (plan.Sources.FirstOrDefault(s => s.Name == saved.Source) is not { } source || !Stores(source)) continue;
            CheckColumns(source, saved);
            if (ImageLog.TryOpen(Files(plan, data, new PartitionId(saved.Source, saved.Partition)), new ImageLogSettings(memory), saved.Images!) is not { } log)
            {
                images.Dispose();
                return null;
            }
            images._logs.Add(new PartitionId(saved.Source, saved.Partition), log);
        }
        return images;
    }

    /// <summary>Goes on from a checkpoint, or from the beginning, for the partitions that there are now.</summary>
    /// <param name="opened">What <see cref="TryOpen"/> gave for the checkpoint; null for none.</param>
    public static PartitionImages Continue(PartitionImages? opened, PipelinePlan plan, DataDirectory data, long memory, CheckpointManifest? manifest, IEnumerable<PartitionId> partitions)
    {
        var images = opened ?? new PartitionImages();
        foreach (var (partition, log) in images._logs)
        {
            var saved = manifest!.Partitions.First(p => p.Source == partition.Source && p.Partition == partition.Partition).Images!;
            log.Continue(saved);
            var source = plan.Source(partition.Source);
            if (saved.Columns != Columns(source)) Migrate(log, new ImageMigration(ImageColumns.Parse(saved.Columns), source.Columns));
        }
        foreach (var partition in partitions.Where(p => Stores(plan.Source(p.Source)) && !images._logs.ContainsKey(p)))
            images._logs.Add(partition, ImageLog.Create(Files(plan, data, partition), new ImageLogSettings(memory)));
        return images;
    }

    /// <summary>Gives every image the columns that are read now.</summary>
    private static void Migrate(ImageLog images, ImageMigration migration)
    {
        var keys = new List<byte[]>();
        images.Visit((key, _) => keys.Add(key.ToArray()));
        foreach (var key in keys)
        {
            images.TryGet(key, out var image);
            if (!ImageCodec.Head(image).IsDead) images.Put(key, migration.Move(image));
        }
    }

    private static bool Stores(SourcePlan source) => KeptImages.AreOf(source.Definition);

    private static DiskImageFiles Files(PipelinePlan plan, DataDirectory data, PartitionId partition) => new(data.Images(plan.Name, partition));

    private static void CheckColumns(SourcePlan source, PartitionCheckpoint saved)
    {
        if (saved.Images?.Columns == Columns(source)) return;
        if (KeptImages.Lack(source, saved.Images is { } images ? ImageColumns.Parse(images.Columns) : null) is { } lack)
            throw new StreamForgeException(ErrorKind.Conflict, $"{lack}; run with another --data-dir (or delete this one) to compute everything again");
    }

    public void Dispose()
    {
        foreach (var log in _logs.Values) log.Dispose();
        _logs.Clear();
    }
}
