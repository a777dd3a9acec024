using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Changes;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Pipeline.Evolution;

/// <summary>
/// Compares a changed definition with the state that a pipeline has, part by part. The rules:
/// <list type="bullet">
/// <item>An aggregate that computes what it did keeps its state, whatever its name and place. A new one begins at the checkpoint's positions and says since when it counts. One that has the name of another computation is refused
/// until somebody says that it begins empty. One that is gone goes with its state.</item>
/// <item>A window is made of tiles: it goes on when its own are there, or others that divide them; else it is new. What it lacks of its length it says.</item>
/// <item>A view goes on while its source, transformations, lookup tables, key and event time are what they were; else it is refused until it is reset. A view, source or sink that is gone needs to be forgotten by name.</item>
/// <item>Everything else changes freely.</item>
/// </list>
/// Pure; on any host.
/// </summary>
public static class DefinitionComparison
{
    /// <param name="was">The plan of the definition that the state was made by, with what is known of since when its features count.</param>
    /// <param name="now">The plan of the changed definition.</param>
    /// <exception cref="StreamForgeException">InvalidArgument when <paramref name="request"/> names what is not there.</exception>
    public static DefinitionChange Compare(PipelinePlan was, PipelinePlan now, LiveState live, ChangeRequest request)
    {
        ArgumentNullException.ThrowIfNull(was);
        ArgumentNullException.ThrowIfNull(now);
        ArgumentNullException.ThrowIfNull(live);
        ArgumentNullException.ThrowIfNull(request);
        CheckNames(was, now, request);
        var changes = ImmutableArray.CreateBuilder<Change>();
        var sources = CompareSources(was, now, live, request, changes);
        var views = ImmutableArray.CreateBuilder<ViewChange>();
        // A source that is read from its beginning has brought nothing yet.
        var resumed = live with { Partitions = [.. live.Partitions.Where(p => sources.Contains(p.Source))] };
        foreach (var (index, view) in now.Views.Index())
        {
            var kept = live.Views.Select((v, i) => (View: v, Index: i)).FirstOrDefault(v => v.View.Name == view.Name, (View: null!, Index: -1));
            if (kept.Index < 0)
            {
                var begun = ViewComparison.Begin(view, now.Emits(index), resumed);
                var obstacle = begun.Floors is null ? null : FloorRules.Obstacle(now.Source(view.Source).Definition);
                changes.Add(new Change(ChangeSubject.View, view.Name, obstacle is null ? ChangeVerdict.New : ChangeVerdict.Refused, obstacle) { Since = begun.Since.Values.MaxBy(static s => s.WholeFrom ?? long.MaxValue) });
                views.Add(begun);
                continue;
            }
            var comparison = new ViewComparison(was.Views.First(v => v.Name == view.Name), view, kept.View, kept.Index, now.Source(view.Source).Definition, now.Emits(index), resumed, request);
            views.Add(comparison.Compare());
            changes.AddRange(comparison.Changes);
        }
        AddGone(ChangeSubject.View, live.Views.Select(static v => v.Name).Except(now.Views.Select(static v => v.Name)), request, changes);
        var sinks = CompareSinks(was, now, resumed, views, request, changes);
        changes.AddRange(FreeParts.Compare(was, now));
        return new DefinitionChange(now.Name, live.Checkpoint, changes.ToImmutable(), views.ToImmutable(), sources, sinks);
    }

    private static ImmutableSortedSet<string> CompareSources(PipelinePlan was, PipelinePlan now, LiveState live, ChangeRequest request, ImmutableArray<Change>.Builder changes)
    {
        var kept = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        var read = live.Partitions.Select(static p => p.Source).ToHashSet(StringComparer.Ordinal);
        foreach (var source in now.Sources)
        {
            var old = was.Sources.FirstOrDefault(s => s.Name == source.Name);
            if (old is null || !read.Contains(source.Name))
            {
                changes.Add(new Change(ChangeSubject.Source, source.Name, ChangeVerdict.New));
                continue;
            }
            var (before, after) = (Fingerprints.Source(old.Definition), Fingerprints.Source(source.Definition));
            var lack = live.Partitions.Where(p => p.Source == source.Name).Select(p => KeptImages.Lack(source, p.Images)).FirstOrDefault(static l => l is not null);
            var lacking = Lacking(live, source);
            var isReset = request.Reset.Contains(source.Name) && Views(now, live, source.Name).All(request.Reset.Contains);
            if (before == after && (lack is not null || (lacking.Length > 0 && isReset)))
            {
                var why = lack ?? $"the images that are stored of its rows do not have {string.Join(", ", lacking)}";
                changes.Add(isReset
                    ? new Change(ChangeSubject.Source, source.Name, ChangeVerdict.Reset, $"{why}; it is read from its beginning")
                    : new Change(ChangeSubject.Source, source.Name, ChangeVerdict.Refused, $"{why}; {Ways(now, live, source.Name)} reads it from its beginning"));
            }
            else if (before == after)
            {
                kept.Add(source.Name);
                changes.Add(new Change(ChangeSubject.Source, source.Name, ChangeVerdict.Kept));
            }
            else if (request.Reset.Contains(source.Name)) changes.Add(new Change(ChangeSubject.Source, source.Name, ChangeVerdict.Reset, $"it was '{before}' and is now '{after}'; it is read from its beginning"));
            else changes.Add(new Change(ChangeSubject.Source, source.Name, ChangeVerdict.Refused, $"it was '{before}' and is now '{after}'; give it another name, or --reset {source.Name} reads it from its beginning"));
        }
        AddGone(ChangeSubject.Source, read.Except(now.Sources.Select(static s => s.Name)).Order(StringComparer.Ordinal), request, changes);
        return kept.ToImmutable();
    }

    /// <summary>The columns that are read of a source and that the images which are stored of its rows do not have.</summary>
    private static string[] Lacking(LiveState live, SourcePlan source) => [.. live.Partitions.Where(p => p.Source == source.Name).SelectMany(p => KeptImages.Lacking(source, p.Images)).Distinct()];

    private static IEnumerable<string> Views(PipelinePlan now, LiveState live, string source) => now.Views.Where(v => v.Source == source && live.Views.Any(k => k.Name == v.Name)).Select(static v => v.Name);

    private static string Ways(PipelinePlan now, LiveState live, string source) => string.Join(" ", Views(now, live, source).Prepend(source).Select(static n => $"--reset {n}"));

    private static ImmutableSortedSet<string> CompareSinks(
        PipelinePlan was, PipelinePlan now, LiveState live, ImmutableArray<ViewChange>.Builder views, ChangeRequest request, ImmutableArray<Change>.Builder changes)
    {
        var kept = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        foreach (var sink in now.Sinks)
        {
            var old = live.Sinks.Contains(sink.Name) ? was.Sinks.FirstOrDefault(s => s.Name == sink.Name) : null;
            // What is deleted is given as its image has it.
            if (sink.View < 0 && Lacking(live, now.Source(sink.Source)).Intersect(NodeWords.Columns(now, sink)).FirstOrDefault() is { } column)
            {
                changes.Add(new Change(ChangeSubject.Sink, sink.Name, ChangeVerdict.Refused,
                    $"it reads the column {column} of {sink.Source}, which the images that are stored of its rows do not have, as nothing read it before: a row that is deleted would be given without it; "
                    + $"leave the column out in a transformation, or {Ways(now, live, sink.Source)} reads the source from its beginning"));
                continue;
            }
            var since = sink.View >= 0 && views[sink.View] is { Kept: >= 0, BeginsToEmit: true } ? SinceEmitted(live) : null;
            if (old is null)
            {
                changes.Add(new Change(ChangeSubject.Sink, sink.Name, ChangeVerdict.New, sink.View >= 0 ? "windows that were closed before are not in it" : "rows that were read before are not in it") { Since = since });
                continue;
            }
            var (before, after) = (Describe(old), Describe(sink));
            if (before == after || (Describe(old, "") == Describe(sink, "") && NodeWords.Of(was, old) is { } words && words == NodeWords.Of(now, sink)))
            {
                kept.Add(sink.Name);
                changes.Add(new Change(ChangeSubject.Sink, sink.Name, ChangeVerdict.Kept) { Since = since });
            }
            else if (request.Reset.Contains(sink.Name)) changes.Add(new Change(ChangeSubject.Sink, sink.Name, ChangeVerdict.Reset, $"it was '{before}' and is now '{after}'") { Since = since });
            else changes.Add(new Change(ChangeSubject.Sink, sink.Name, ChangeVerdict.Refused, $"it was '{before}' and is now '{after}'; give it another name, or --reset {sink.Name} lets it begin anew"));
        }
        AddGone(ChangeSubject.Sink, live.Sinks.Except(now.Sinks.Select(static s => s.Name)), request, changes);
        return kept.ToImmutable();
    }

    /// <summary>Windows that end after the watermark are emitted, whole as far as their tiles are.</summary>
    private static FeatureSince? SinceEmitted(LiveState live) => live.Watermark == EventTime.MinValue ? null : new FeatureSince(live.Watermark, live.Watermark, []);

    private static string Describe(SinkPlan sink) => Describe(sink, $" of {sink.Definition.Input}");

    private static string Describe(SinkPlan sink, string of) => $"{sink.Definition.Options.Type} {Path.GetFileName(sink.Definition.Options.Target)}{of}";

    private static void AddGone(ChangeSubject subject, IEnumerable<string> names, ChangeRequest request, ImmutableArray<Change>.Builder changes)
    {
        foreach (var name in names)
        {
            changes.Add(request.Forget.Contains(name)
                ? new Change(subject, name, ChangeVerdict.Forgotten)
                : new Change(subject, name, ChangeVerdict.Refused, $"it is no longer in the file; put it back, or --forget {name} gives up what is kept of it"));
        }
    }

    private static void CheckNames(PipelinePlan was, PipelinePlan now, ChangeRequest request)
    {
        string[] present = [.. now.Sources.Select(static s => s.Name), .. now.Sinks.Select(static s => s.Name), .. now.Views.Select(static v => v.Name), .. now.Views.SelectMany(Parts)];
        string[] past = [.. was.Sources.Select(static s => s.Name), .. was.Sinks.Select(static s => s.Name), .. was.Views.Select(static v => v.Name), .. was.Views.SelectMany(Parts)];
        Check("--reset", request.Reset, present, "is in the file");
        Check("--forget", request.Forget, past, "is kept");
        if (request.Forget.FirstOrDefault(f => present.Contains(f, StringComparer.Ordinal)) is { } there)
            throw new StreamForgeException(ErrorKind.InvalidArgument, $"--forget {there}: {there} is still in the file; take it out, or name it with --reset");
    }

    private static IEnumerable<string> Parts(ViewPlan view) => view.Definition.Aggregates.Select(static a => a.Name).Concat(view.Layout.Windows.Select(static w => w.Name)).Select(n => $"{view.Name}.{n}");

    private static void Check(string option, IEnumerable<string> names, string[] known, string where)
    {
        foreach (var name in names)
        {
            if (!known.Contains(name, StringComparer.Ordinal))
                throw new StreamForgeException(ErrorKind.InvalidArgument, $"{option} {name}: nothing of that name {where}{Definitions.DefinitionText.Suggest(name, known)}");
        }
    }
}
