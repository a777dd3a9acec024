using System.Collections.Immutable;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Embedded.Evolution;
using StreamForge.Embedded.Images;
using StreamForge.Embedded.Ledgers;
using StreamForge.Embedded.Reads;
using StreamForge.Embedded.Storage;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.States;

namespace StreamForge.Embedded.Transfer;

/// <summary>Writes the newest whole checkpoint of a pipeline as a portable state file. The data directory's lock is held meanwhile: nothing runs in it.</summary>
public static class EmbeddedStateExport
{
    /// <summary>Bytes of images that are kept in memory while they are read.</summary>
    internal const long ImageMemory = 64 << 20;

    /// <param name="data">A data directory.</param>
    /// <param name="pipeline">The pipeline's name.</param>
    /// <param name="target">Stays the caller's.</param>
    /// <exception cref="StreamForgeException">NotFound when there is no such state; Busy when something runs there; Corrupt.</exception>
    public static (StateHeader Header, StateCounts Counts) Export(DataDirectory data, string pipeline, Stream target, TimeProvider clock)
    {
        var entry = (data.Exists ? LiveDefinition.EntryOf(data, pipeline, new StateAtRest(data, clock).Checkpoint(pipeline)) : null) ?? throw Missing(data, pipeline);
        using var held = data.Lock();
        try
        {
            var plan = entry.Plan();
            var directory = new CheckpointDirectory(data.Checkpoints(pipeline));
            var closing = new ClosingChunks();
            var states = new LatestStates();
            var manifest = directory.LoadNewest(
                candidate =>
                {
                    closing = new ClosingChunks();
                    states = new LatestStates();
                    return directory.TryRead(candidate, states.Begin, (view, kind, bytes) =>
                    {
                        if (kind == StateRecordKind.Windows) closing.Add(view, bytes);
                        else states.Note(view, kind, bytes);
                    });
                },
                hasSinks: !plan.Sinks.IsEmpty) ?? throw new StreamForgeException(ErrorKind.NotFound, $"{pipeline} has no checkpoint in {data.Path} yet; run it first");
            if (manifest.Partitions.FirstOrDefault(p => p.Changes is not null) is { } changelog)
            {
                throw new StreamForgeException(
                    ErrorKind.NotSupported, $"the source {changelog.Source} of {pipeline} is a changelog; a state file with what is known of its changes, and with the images that are stored of its rows, is not supported yet");
            }
            var header = Header(entry, plan, manifest, clock);
            var writer = new StateWriter(target, header);
            foreach (var windows in closing.Records(view => plan.Views.First(v => v.Name == manifest.Views[view].Name).Layout)) writer.Add(windows);
            var isWhole = directory.TryRead(manifest, states.Begin, (view, kind, bytes) =>
            {
                if (kind == StateRecordKind.State && states.IsLatest(view, bytes)) writer.Add(new KeyRecord(view, bytes[..Features.KeyState.KeyState.UsedBytes(bytes)].ToArray()));
            });
            if (!isWhole) throw new StreamForgeException(ErrorKind.Corrupt, $"the checkpoint {manifest.Id} in {directory.Path} cannot be read a second time");
            AddImages(writer, header, plan, data, manifest);
            AddLedger(writer, LedgerKind.DeadLetters, data.DeadLetters(pipeline), manifest.DeadLetters);
            AddLedger(writer, LedgerKind.Late, data.Late(pipeline), manifest.Late);
            writer.Complete();
            return (header, writer.Counts);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.Translate(error, $"export the state of {pipeline} from {data.Path}");
        }
    }

    private static StateHeader Header(CatalogEntry entry, PipelinePlan plan, CheckpointManifest manifest, TimeProvider clock) => new(
        plan.Name, manifest.Id, clock.GetUtcNow(), "embedded", manifest.Watermark,
        [.. plan.Sources.Select(s => new StateSource(s.Name, TypeOf(s)))],
        [.. manifest.Partitions.Select(p => new StatePartition(p.Source, p.Partition, p.Segment, p.Offset, p.State, p.Rows, p.NewestEvent, p.Watermark, p.Finished)
        {
            Changes = p.Changes,
            Images = p.Images is { } images ? new StateImages(images.Columns, images.Rows, images.Bytes) : null,
        })],
        [.. manifest.Views.Select(v => new StateView(v.Name, v.Fingerprint, v.ClosedRows) { Since = [.. v.Since.Select(s => new StateSince(s.Feature, s.Time, s.WholeFrom, s.Positions))], Floors = v.Floors })],
        [.. manifest.Sinks.Select(s => new StateSink(s.Name, s.Pending))],
        manifest.Counters.ToImmutableSortedDictionary(StringComparer.Ordinal), JsonSerializer.Serialize(entry));

    /// <summary>The type's name in a pipeline file, which its options are named after.</summary>
    private static string TypeOf(SourcePlan source) => source.Definition.Options.GetType().Name.Replace("SourceOptions", "", StringComparison.Ordinal).ToLowerInvariant();

    private static void AddImages(StateWriter writer, StateHeader header, PipelinePlan plan, DataDirectory data, CheckpointManifest manifest)
    {
        using var images = PartitionImages.TryOpen(plan, data, ImageMemory, manifest) ?? throw new StreamForgeException(ErrorKind.Corrupt, $"the images that the checkpoint {manifest.Id} counts are missing or damaged; restore them from a backup");
        for (var i = 0; i < header.Partitions.Length; i++)
            images.Of(new PartitionId(header.Partitions[i].Source, header.Partitions[i].Partition))?.Visit((key, image) => writer.Add(new ImageRecord(i, key.ToArray(), image.ToArray())));
    }

    private static void AddLedger(StateWriter writer, LedgerKind ledger, string path, LedgerCheckpoint state)
    {
        var records = 0L;
        foreach (var line in LedgerFile.Read(path, state, 0, state.Records))
        {
            writer.Add(new LedgerRecord(ledger, line));
            records++;
        }
        if (records < state.Records) throw new StreamForgeException(ErrorKind.Corrupt, $"the ledger {path} has {records} records and the checkpoint counts {state.Records}; restore it from a backup");
    }

    private static StreamForgeException Missing(DataDirectory data, string pipeline)
    {
        string[] known = data.Exists ? [.. CatalogEntry.All(data).Select(e => e.Name)] : [];
        return new StreamForgeException(
            ErrorKind.NotFound, known.Length == 0 ? $"nothing has run in the data directory {data.Path} yet; name another folder with --data-dir" : $"no pipeline {pipeline} has run in {data.Path}; there is {string.Join(", ", known)}");
    }
}
