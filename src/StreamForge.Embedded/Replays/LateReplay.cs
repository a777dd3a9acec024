using System.Collections.Immutable;
using System.Text.Json.Nodes;
using StreamForge.Core;
using StreamForge.Embedded.Evolution;
using StreamForge.Embedded.Reads;
using StreamForge.Embedded.Storage;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Embedded.Replays;

/// <param name="Events">A line for each event that was looked at.</param>
/// <param name="Rows">Corrected windows that sinks have been given.</param>
public sealed record LateReplayResult(ImmutableArray<ReplayedRecord> Events, long Rows);

/// <summary>
/// Puts closed windows right that late events have missed. Tiles that are gone stay gone: the windows are computed once more from the source's history, by a run of the same definition in a folder of its own which takes every
/// event however late (<see cref="PrivateRun"/>), and compared with what the sinks were given (<see cref="WindowCorrections"/>). What differs is given to the sinks as the next revision, in one commit (<see cref="SinkCorrections"/>). An
/// event is put right once, and doing it again would find nothing that differs.
/// <para>Only windows that take no event any more are corrected, so that no correction of the pipeline's own can come behind. The caller holds the data directory's lock.</para>
/// </summary>
public static class LateReplay
{
    /// <param name="chosen">Which sources' events are looked at.</param>
    /// <exception cref="StreamForgeException">The history cannot be read as the state has; nothing was changed.</exception>
    public static async Task<LateReplayResult> ReplayAsync(DataDirectory data, string pipeline, Func<string, bool> chosen, TimeProvider clock, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(chosen);
        if (LiveDefinition.Find(data, pipeline) is not { } live) return new LateReplayResult([], 0);
        var done = live.Checkpoint.LateReplay.Records.ToHashSet();
        var events = new StateAtRest(data, clock).Late(pipeline, 0, long.MaxValue / 2).Items.Select(static (item, i) => LateEvent.Parse(i, item))
            .Where(e => chosen(e.Source) && !done.Contains(e.Number)).ToArray();
        var refused = events.ToDictionary(static e => e.Number, e => Obstacle(live, e));
        var missed = events.Where(e => refused[e.Number] is null).ToArray();
        var sinks = live.Plan.Sinks.Where(s => s.View >= 0 && missed.Any(e => e.Misses(live.Plan.Views[s.View]))).ToArray();
        var right = sinks.Length == 0 ? [] : await PrivateRun.RunAsync(live, data, sinks, clock, cancellation);
        var corrections = new Dictionary<string, List<JsonObject>>(StringComparer.Ordinal);
        await using var target = new SinkCorrections(live, data, clock);
        if (missed.Length > 0) await target.SettleAsync(cancellation);
        foreach (var sink in sinks)
        {
            var compared = new WindowCorrections(live.Plan.Views[sink.View], await target.GivenAsync(sink, cancellation), right[sink.Name], live.Checkpoint.Watermark);
            corrections[sink.Name] = compared.Rows(missed);
            foreach (var late in missed) refused[late.Number] ??= compared.Obstacle(late);
        }
        var settled = events.Where(e => refused[e.Number] is null).Select(static e => e.Number).ToArray();
        var rows = corrections.Values.Sum(static c => (long)c.Count);
        if (settled.Length > 0 || rows > 0) await target.PublishAsync(corrections, settled, cancellation);
        return new LateReplayResult([.. events.Select(e => new ReplayedRecord(e.Number, e.Source, e.Position, refused[e.Number]))], rows);
    }

    /// <summary>Why an event cannot be put right, as far as it can be told before anything is computed; null when it can, or when nothing was made of the windows that it missed.</summary>
    private static string? Obstacle(LiveDefinition live, LateEvent late)
    {
        if (late.Missed.IsEmpty) return "it is no late event but a change of a row that was not there";
        var sinks = live.Plan.Sinks.Where(s => s.View >= 0 && late.Misses(live.Plan.Views[s.View])).ToArray();
        if (sinks.Length == 0) return null;
        if (Array.Find(sinks, static s => s.Definition.Options is not (FilesSinkOptions or IcebergSinkOptions)) is { } other)
            return $"correcting the windows of the sink {other.Name} of type {other.Definition.Options.Type} is not supported yet";
        if (live.Plan.Sources.Select(s => HistoryObstacle(live, s.Definition)).OfType<string>().FirstOrDefault() is { } lost) return lost;
        foreach (var sink in sinks)
        {
            var view = live.Plan.Views[sink.View];
            // A view with a time of its own does not tell here which window it was.
            if (view.EventTime is not null) continue;
            foreach (var window in view.Layout.Windows.Where(w => late.Misses(view, w)))
            {
                var final = window.FinalAt(window.EndOf(window.Shape == WindowShape.Session ? late.Time : window.LastStartOf(late.Time)), view.Layout.AllowedLateness);
                if (final > live.Checkpoint.Watermark) return $"its window {window.Name} of {view.Name} still takes events, until the watermark reaches {EventTime.Format(final)}";
            }
        }
        return null;
    }

    /// <summary>Why a source's history cannot be read once more; null when it may be there.</summary>
    private static string? HistoryObstacle(LiveDefinition live, SourceDefinition source) => source.Options switch
    {
        FilesSourceOptions => null,
        KafkaSourceOptions kafka => live.Checkpoint.Partitions.FirstOrDefault(p => p.Source == source.Name && p.Began is null) is { } unknown
            ? $"at which offset of {kafka.Topic}/{unknown.Partition} the state began is not known: it was made by an older version, or taken over from another host"
            : null,
        _ => $"recomputing the history of {source.Name}, which is neither of files nor of a topic, is not supported yet",
    };
}
