using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamForge.Core;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Embedded.Evolution;
using StreamForge.Embedded.Reads;
using StreamForge.Embedded.Sinks;
using StreamForge.Embedded.Storage;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Replays;

/// <summary>What became of a late event.</summary>
/// <param name="Number">Its number in the ledger, from 0.</param>
/// <param name="Refused">Why it could not be put right; null when it is, also when there was nothing to correct.</param>
public sealed record ReplayedEvent(long Number, string Source, string Position, string? Refused);

/// <param name="Events">A line for each event that was looked at.</param>
/// <param name="Rows">Corrected windows that sinks were given.</param>
public sealed record LateReplayResult(ImmutableArray<ReplayedEvent> Events, long Rows);

/// <summary>
/// Puts closed windows right that late events have missed. Tiles that are gone stay gone: the windows are computed once more from the source's history, by a run of the same definition in a folder of its own which takes every
/// event however late (<see cref="PrivateRun"/>), and compared with what the sinks were given. A window that differs is given to its sink with the next revision.
/// <para>
/// That is one commit of the sink: its pending commit and the marks of the events are published in one checkpoint, which is the step that counts, and then made visible; a process that dies between has the next start repeat it. An
/// event is put right once, and doing it again would find nothing that differs.
/// </para>
/// Only windows that take no event any more are corrected, so that no correction of the pipeline's own can come behind. The caller holds the data directory's lock.
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
        var lines = events.Select(e => new ReplayedEvent(e.Number, e.Source, e.Position, Obstacle(live, e))).ToImmutableArray();
        var sinks = live.Plan.Sinks.Where(s => s.View >= 0 && events.Zip(lines).Any(e => e.Second.Refused is null && e.First.Missed.Any(m => Misses(live.Plan.Views[s.View], m)))).ToArray();
        var corrections = new Dictionary<string, List<JsonObject>>(StringComparer.Ordinal);
        if (sinks.Length > 0)
        {
            var right = await PrivateRun.RunAsync(live, data, sinks, clock, cancellation);
            foreach (var sink in sinks)
            {
                var view = live.Plan.Views[sink.View];
                var given = EmittedWindows.Read(view, ((FilesSinkOptions)sink.Definition.Options).Path);
                var missed = events.Zip(lines).Where(static e => e.Second.Refused is null).Select(static e => e.First).ToArray();
                corrections[sink.Name] =
                [
                    .. right[sink.Name].Corrections(given, (window, start, isGiven) => IsFinal(live, view, window, start)
                        // A view with a time of its own does not tell by the event which window it was; those that the sink was given are looked at.
                        && (view.EventTime is null ? Array.Exists(missed, e => e.Missed.Contains($"{view.Name}.{window}") && Holds(view, window, start, e.Time)) : isGiven)),
                ];
            }
        }
        var settled = lines.Where(static l => l.Refused is null).Select(static l => l.Number).ToArray();
        var rows = corrections.Values.Sum(static c => (long)c.Count);
        if (settled.Length > 0) await PublishAsync(live, data, corrections, settled, rows, clock, cancellation);
        return new LateReplayResult(lines, rows);
    }

    private sealed record LateEvent(long Number, string Source, string Position, long Time, ImmutableArray<string> Missed)
    {
        public static LateEvent Parse(int number, string item)
        {
            using var json = JsonDocument.Parse(item);
            var root = json.RootElement;
            var time = root.TryGetProperty("event_time", out var at) && Iso8601.TryParse(System.Text.Encoding.UTF8.GetBytes(at.GetString()!), out var micros, out _) ? micros : EventTime.MinValue;
            return new LateEvent(number, root.GetProperty("source").GetString()!, root.GetProperty("position").GetString()!, time, [.. root.GetProperty("missed").EnumerateArray().Select(static m => m.GetString()!)]);
        }
    }

    /// <summary>Whether <c>view.window</c> is a window of a view whose instances are emitted.</summary>
    private static bool Misses(ViewPlan view, string missed) => view.Layout.Windows.Any(w => w.Closes && missed == $"{view.Name}.{w.Name}");

    /// <summary>Why an event cannot be put right; null when it can, or when nothing was made of the windows that it missed.</summary>
    private static string? Obstacle(LiveDefinition live, LateEvent late)
    {
        if (late.Missed.IsEmpty) return "it is no late event but a change of a row that was not there";
        var sinks = live.Plan.Sinks.Where(s => s.View >= 0 && late.Missed.Any(m => Misses(live.Plan.Views[s.View], m))).ToArray();
        if (sinks.Length == 0) return null;
        if (Array.Find(sinks, static s => s.Definition.Options is not FilesSinkOptions) is { } other)
            return $"correcting the windows of the sink {other.Name} of type {other.Definition.Options.Type} is not supported yet";
        var source = live.Plan.Sources.FirstOrDefault(s => s.Name == late.Source);
        if (source?.Definition is not { Options: FilesSourceOptions, Changelog: null })
            return source?.Definition.Changelog is not null ? "recomputing the history of a changelog is not supported yet" : $"recomputing the history of {late.Source} is not supported yet: its files would have to be there";
        foreach (var sink in sinks)
        {
            var view = live.Plan.Views[sink.View];
            foreach (var window in view.Layout.Windows.Where(w => w.Closes && late.Missed.Contains($"{view.Name}.{w.Name}")))
            {
                if (window.Shape == WindowShape.Session) return $"correcting sessions, such as those of {view.Name}, is not supported yet";
                // A view with a time of its own does not tell here which window it was.
                var last = window.LastStartOf(late.Time);
                if (view.EventTime is null && !IsFinal(live, view, window.Name, last))
                    return $"its window {window.Name} of {view.Name} still takes events, until the watermark reaches {EventTime.Format(window.FinalAt(window.EndOf(last), view.Layout.AllowedLateness))}";
            }
        }
        return null;
    }

    /// <summary>Whether an instance takes no event any more, and has been emitted whatever there was to emit.</summary>
    private static bool IsFinal(LiveDefinition live, ViewPlan view, string window, long start) =>
        view.Layout.Windows.First(w => w.Name == window) is { Shape: not WindowShape.Session } plan && plan.FinalAt(plan.EndOf(start), view.Layout.AllowedLateness) <= live.Checkpoint.Watermark;

    private static bool Holds(ViewPlan view, string window, long start, long time) => start <= time && time < view.Layout.Windows.First(w => w.Name == window).EndOf(start);

    private static async Task PublishAsync(
        LiveDefinition live, DataDirectory data, Dictionary<string, List<JsonObject>> corrections, long[] settled, long rows, TimeProvider clock, CancellationToken cancellation)
    {
        var directory = new CheckpointDirectory(data.Checkpoints(live.Plan.Name));
        var old = live.Checkpoint;
        var id = directory.NextId();
        var factory = new SinkFactory(live.Plan, data, live.Entry.Warehouse ?? new Catalog.TableHome(data).Of(live.Plan.Definition), clock);
        var request = new PrepareRequest(id, Final: true, old.Partitions.ToImmutableSortedDictionary(static p => $"{p.Source}/{p.Partition}", static p => p.Position, StringComparer.Ordinal));
        var pending = old.Sinks.ToDictionary(static s => s.Name, static s => s.Pending, StringComparer.Ordinal);
        var opened = new List<ISink>();
        try
        {
            foreach (var plan in live.Plan.Sinks.Where(s => old.Sinks.Any(k => k.Name == s.Name)))
            {
                var sink = factory.Open(plan);
                opened.Add(sink);
                // What the checkpoint had pending is settled first, as no checkpoint follows one whose commits are not made.
                await sink.RecoverAsync(pending[plan.Name], fresh: false, cancellation);
                if (pending[plan.Name] is { } commit) await sink.CommitAsync(commit, cancellation);
                if (!corrections.TryGetValue(plan.Name, out var windows) || windows.Count == 0) continue;
                await CorrectedRows.WriteAsync(sink, live.Plan.Views[plan.View], plan.Schema, windows, old.LateReplay.Rows, old.Watermark, data, cancellation);
                pending[plan.Name] = await sink.PrepareAsync(request, cancellation);
            }
            directory.Publish(old with
            {
                Id = id,
                Created = clock.GetUtcNow(),
                Sinks = [.. old.Sinks.Select(s => s with { Pending = pending[s.Name] })],
                LateReplay = new LateReplayCheckpoint([.. old.LateReplay.Records, .. settled], old.LateReplay.Rows + rows),
            });
            foreach (var sink in opened.Where(s => corrections.TryGetValue(s.Name, out var windows) && windows.Count > 0)) await sink.CommitAsync(pending[sink.Name]!, cancellation);
            directory.Clean();
        }
        finally
        {
            foreach (var sink in opened) await sink.DisposeAsync();
        }
    }
}
