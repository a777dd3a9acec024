using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Embedded.Evolution;
using StreamForge.Embedded.Storage;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Replays;

/// <summary>A folder of its own within the data directory, gone with this object; what a process that died left behind goes first. One at a time, under the data directory's lock.</summary>
internal sealed class PrivateFolder : IDisposable
{
    public PrivateFolder(DataDirectory data, string name)
    {
        Path = System.IO.Path.Combine(data.Path, "replay", "." + name);
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>
/// Reads a pipeline's history once more, from its beginning up to where its state stands, in a folder of its own: the same definition, but every event is taken however late it is, and only the sinks of closed windows that are asked for
/// are there, each writing into that folder. What comes of it is what would have been emitted had nothing been late.
/// </summary>
internal static class PrivateRun
{
    private const long Forever = 100 * 365 * EventTime.Day;

    /// <param name="sinks">Sinks of closed windows.</param>
    /// <returns>What each sink was given, by its name.</returns>
    /// <exception cref="StreamForgeException">The source's history is not there any more, or goes on beyond the state.</exception>
    public static async Task<Dictionary<string, EmittedWindows>> RunAsync(LiveDefinition live, DataDirectory data, IReadOnlyList<SinkPlan> sinks, TimeProvider clock, CancellationToken cancellation)
    {
        using var folder = new PrivateFolder(data, "run");
        string FolderOf(string sink) => System.IO.Path.Combine(folder.Path, "sinks", sink);
        var entry = live.Entry;
        await using var loaded = await PipelineLoader.LoadAsync(new PipelineFileText(entry.File, entry.BaseDirectory, entry.Text, entry.Variables), entry.ReadSchemas(), clock, cancellation, new TableHome(data), adjust: s => s with { Options = History(live.Checkpoint, s) });
        var definition = loaded.Plan.Definition with
        {
            Sources = [.. loaded.Plan.Definition.Sources.Select(static s => s with { Watermark = s.Watermark with { AllowedLateness = Forever } })],
            Sinks = [.. sinks.Select(s => s.Definition with { Options = new FilesSinkOptions(FolderOf(s.Name)) })],
        };
        var planned = Planner.Plan(definition, loaded.Plan.Sources.ToDictionary(static s => s.Name, static s => s.Schema), [], loaded.Plan.Lookups);
        var plan = planned.Plan ?? throw new StreamForgeException(ErrorKind.InvalidDefinition, string.Join("; ", planned.Faults));
        CheckSameDefinition(live, loaded.Plan);
        var copy = new DataDirectory(System.IO.Path.Combine(folder.Path, "data"));
        using (copy.Lock())
        {
            await using var engine = await PipelineEngine.OpenAsync(loaded with { Plan = plan }, copy, new EngineOptions(Bounded: true, Drain: true), clock, NullLogger.Instance, cancellation);
            await engine.RunAsync(cancellation);
        }
        CheckSameHistory(live, new CheckpointDirectory(copy.Checkpoints(live.Plan.Name)).LoadNewest(_ => true, hasSinks: false)!);
        return sinks.ToDictionary(static s => s.Name, s => EmittedWindows.ReadFolder(live.Plan.Views[s.View], FolderOf(s.Name)), StringComparer.Ordinal);
    }

    /// <summary>What a source reads of its history: of a topic what lies between where the state began and where it stands, without telling a group.</summary>
    private static SourceOptions History(CheckpointManifest state, SourceDefinition source)
    {
        if (source.Options is not KafkaSourceOptions kafka) return source.Options;
        var partitions = state.Partitions.Where(p => p.Source == source.Name).ToArray();
        return kafka with
        {
            ConsumerGroup = null,
            Start = new KafkaOffsets(partitions.ToImmutableSortedDictionary(static p => p.Partition, static p => p.Began ?? 0)),
            Ends = partitions.ToImmutableSortedDictionary(static p => p.Partition, static p => p.Offset),
        };
    }

    /// <summary>Files grow and vanish, and topics are compacted; what is read now must be what the state has read.</summary>
    private static void CheckSameHistory(LiveDefinition live, CheckpointManifest read)
    {
        foreach (var now in read.Partitions)
        {
            var was = live.Checkpoint.Partitions.FirstOrDefault(p => p.Source == now.Source && p.Partition == now.Partition);
            if (was is null && now.Rows == 0) continue;
            if (was?.Position != now.Position)
                throw new StreamForgeException(ErrorKind.Conflict, $"{live.Plan.Name}: the history of {now.Source}/{now.Partition} ends at {now.Position} and the state at {was?.Position ?? "its beginning"}; run the pipeline to the source's end with --once, then replay");
            if (was.Rows != now.Rows)
                throw new StreamForgeException(ErrorKind.Conflict, $"{live.Plan.Name}: the history of {now.Source}/{now.Partition} holds {now.Rows} events up to {now.Position}, and the state has read {was.Rows}: it is not what was read any more");
        }
    }

    /// <summary>Tables of lookups and the like may have changed since; what is computed by them would be no correction.</summary>
    private static void CheckSameDefinition(LiveDefinition live, PipelinePlan plan)
    {
        foreach (var (was, now) in live.Plan.Views.Zip(plan.Views))
        {
            if (was.Fingerprint.Except(now.Fingerprint).FirstOrDefault() is { } line)
                throw new StreamForgeException(ErrorKind.Conflict, $"{live.Plan.Name}: the view {was.Name} is not computed as its state was any more: '{line}' is gone");
        }
    }
}
