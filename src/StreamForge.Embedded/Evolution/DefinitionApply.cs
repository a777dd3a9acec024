using System.Collections.Immutable;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Embedded.Sinks;
using StreamForge.Embedded.Storage;
using StreamForge.ObjectStores.Local;
using StreamForge.Pipeline.Evolution;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Evolution;

/// <summary>
/// Takes a changed definition in where nothing runs: the newest checkpoint's state is moved to the new layouts and published as a new checkpoint, together with the definition. The caller holds the data directory's lock.
/// <para>
/// In this order: the checkpoint's pending commits are repeated by the sinks that they belong to, so that none is lost with a sink that is forgotten; the moved states are written and synced; the manifest is renamed into place,
/// <b>which is the step that counts</b>; the catalog is written. A process that dies before that step leaves the old state under the old definition, one that dies after it the new state under the new one.
/// </para>
/// </summary>
public static class DefinitionApply
{
    /// <summary>Moves the state.</summary>
    /// <param name="live">The state and its definition.</param>
    /// <param name="now">The changed definition.</param>
    /// <param name="change">Their comparison, in which nothing is refused.</param>
    /// <param name="warehouse">The location of the tables that the changed definition writes.</param>
    /// <returns>The new checkpoint.</returns>
    /// <exception cref="StreamForgeException">Conflict when something is refused; Corrupt when the state cannot be read.</exception>
    public static async Task<CheckpointManifest> ApplyAsync(
        LiveDefinition live, LoadedPipeline now, DefinitionChange change, DataDirectory data, string warehouse, TimeProvider clock, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(live);
        ArgumentNullException.ThrowIfNull(now);
        ArgumentNullException.ThrowIfNull(change);
        ArgumentNullException.ThrowIfNull(data);
        if (change.Refused.FirstOrDefault() is { } refused) throw new StreamForgeException(ErrorKind.Conflict, $"{now.Plan.Name}: {refused.Words}: {refused.Detail}");
        try
        {
            var sinks = new SinkFactory(live.Plan, data, live.Entry.Warehouse ?? new TableHome(data).Of(live.Plan.Definition), clock);
            await PendingCommits.RepeatAsync(live.Plan, live.Checkpoint.Sinks.Select(static s => (s.Name, s.Pending)), sinks, cancellation);
            var directory = new CheckpointDirectory(data.Checkpoints(now.Plan.Name));
            var manifest = MoveStates(live, now.Plan, change, directory, clock, cancellation);
            var entry = CatalogEntry.Of(now) with { Warehouse = warehouse };
            manifest = manifest with { Definition = JsonSerializer.Serialize(entry) };
            directory.Publish(manifest);
            entry.Save(data);
            directory.Clean();
            return manifest;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.Translate(error, $"apply a changed definition in {data.Path}");
        }
    }

    private static CheckpointManifest MoveStates(LiveDefinition live, PipelinePlan plan, DefinitionChange change, CheckpointDirectory directory, TimeProvider clock, CancellationToken cancellation)
    {
        var old = live.Checkpoint;
        // For each kept view the new one that takes it over; -1 for none.
        var target = old.Views.Select((_, kept) => change.Views.ToList().FindIndex(v => v.Kept == kept)).ToArray();
        var layouts = old.Views.Select(v => live.Plan.Views.First(p => p.Name == v.Name).Layout).ToArray();
        var closing = target.Select((view, kept) => view < 0
            ? null
            : new ClosingMigration(new WindowMigration(layouts[kept], plan.Views[view].Layout, plan.Emits(view), change.Views[view].BeginsToEmit, old.Watermark), plan.Views[view].Layout)).ToArray();
        // The files keep their order, and each has the number of a checkpoint that there will not be, but for the last.
        var first = directory.NextId();
        var parts = ImmutableArray.CreateBuilder<StatePart>();
        StateFileWriter? file = null;
        void Complete()
        {
            if (file is null) return;
            file.Complete();
            parts.Add(new StatePart(CheckpointDirectory.StateFile(first + parts.Count), file.Bytes, file.Records));
            file.Dispose();
            file = null;
        }
        try
        {
            var isWhole = directory.TryRead(
                old,
                part =>
                {
                    Complete();
                    file = new StateFileWriter(directory.StatePath(first + part));
                },
                (kept, kind, bytes) =>
                {
                    cancellation.ThrowIfCancellationRequested();
                    if (target[kept] < 0) return;
                    switch (kind)
                    {
                        case StateRecordKind.Windows:
                            if (closing[kept]!.Move(bytes) is { Length: > 0 } chunk) file!.Add(target[kept], kind, chunk);
                            break;
                        case StateRecordKind.Removed:
                            closing[kept]!.Forget(bytes);
                            file!.Add(target[kept], kind, bytes);
                            break;
                        case StateRecordKind.State:
                            var moved = change.Views[target[kept]].Migration!.Migrate(bytes);
                            closing[kept]!.Begin(moved);
                            file!.Add(target[kept], kind, moved);
                            break;
                        default:
                            throw new StreamForgeException(ErrorKind.NotSupported, $"{plan.Name}: moving what a checkpoint keeps as {kind} to a changed definition is not supported yet");
                    }
                });
            if (!isWhole)
                throw new StreamForgeException(ErrorKind.Corrupt, $"the newest checkpoint, {old.Id} in {directory.Path}, is damaged, so nothing was changed; restore the folder from a backup");
            foreach (var (kept, windows) in closing.Index())
            {
                foreach (var begun in windows?.Begun ?? []) file!.Add(target[kept], StateRecordKind.Windows, begun);
            }
            Complete();
        }
        finally
        {
            file?.Dispose();
        }
        DurableFolder.Sync(directory.Path);
        return old with
        {
            Id = first + Math.Max(0, parts.Count - 1),
            Created = clock.GetUtcNow(),
            Partitions = [.. old.Partitions.Where(p => change.Sources.Contains(p.Source))],
            Views = [.. plan.Views.Select((view, i) => Checkpoint(view, change.Views[i], plan.Emits(i), old))],
            States = parts.ToImmutable(),
            StateRecords = Math.Min(old.StateRecords, parts.Sum(static p => p.Records)),
            Sinks = [.. old.Sinks.Where(s => change.Sinks.Contains(s.Name))],
        };
    }

    private static ViewCheckpoint Checkpoint(ViewPlan view, ViewChange change, bool emits, CheckpointManifest old)
    {
        var rows = emits ? (change.Kept < 0 ? null : old.Views[change.Kept].ClosedRows) ?? 0 : (long?)null;
        return new ViewCheckpoint(view.Name, view.Fingerprint, rows)
        {
            Since = [.. change.Since.Select(static s => new SinceCheckpoint(s.Key, s.Value.Time, s.Value.WholeFrom, s.Value.Positions))],
            Floors = change.Floors,
        };
    }
}
