using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Pipeline.Evolution;

/// <summary>Compares one view of a changed definition with the state that is kept of it.</summary>
internal sealed class ViewComparison(ViewPlan was, ViewPlan now, KeptView kept, int index, SourceDefinition source, bool emits, LiveState live, ChangeRequest request)
{
    private readonly List<Change> _changes = [];

    public IReadOnlyList<Change> Changes => _changes;

    /// <summary>A view that has no state of its own yet.</summary>
    public static ViewChange Begin(ViewPlan view, bool emits, LiveState live) => new(-1, null, Since(view, f => SinceRules.Fresh(live, view, view.Layout.Windows[f.Window])), emits)
    {
        Floors = FloorRules.Begin(view, SinceRules.Begins(live, view.Source)),
    };

    public ViewChange Compare()
    {
        if (request.Reset.Contains(now.Name))
        {
            var begun = Begin(now, emits, live);
            if (begun.Floors is not null && FloorRules.Obstacle(source) is { } change)
            {
                Add(ChangeSubject.View, now.Name, ChangeVerdict.Refused, change);
                return begun;
            }
            Add(ChangeSubject.View, now.Name, ChangeVerdict.Reset, HeadDifference(), since: Longest(now));
            return begun;
        }
        if (HeadDifference() is { } difference) return Refuse(difference, $"--reset {now.Name} lets it begin empty");
        var aggregates = now.Definition.Aggregates.Select(Judge).ToArray();
        var slots = aggregates.Where(static a => a.Keeps).SelectMany(static a => a.Slots).ToHashSet();
        var begins = SinceRules.Begins(live, now.Source);
        bool Keeps(int slot) => slots.Contains(slot) || IsHidden(slot);
        var migration = new StateMigration(was.Layout, now.Layout, Keeps);
        if (migration.Obstacle is { } obstacle) return Refuse(obstacle, $"or --reset {now.Name} lets the whole view begin empty");
        var floors = new FloorRules(was, now, migration, begins, live.Watermark);
        var computed = floors.Compute();
        if (computed is not null)
        {
            if (FloorRules.Obstacle(source) is { } unknown && migration.Slots.Contains(-1)) return Refuse($"an aggregate or a window of it would begin, and {unknown}", "or put it back");
            if (now.EventTime is not null && floors.HasEmptyWindow)
                return Refuse($"a window of it would begin empty beside others, and over a changelog that is done at the source's event time, where this view counts rows at their {now.EventTime}", $"give the window a view of its own, or --reset {now.Name} lets the whole view begin empty");
            migration = new StateMigration(was.Layout, PlanFloors.With(now, computed).Layout, Keeps);
        }
        Add(ChangeSubject.View, now.Name, ChangeVerdict.Kept);
        var rules = new SinceRules(was, now, migration, computed, live);
        foreach (var window in now.Layout.Windows) Compare(window, migration, rules);
        foreach (var (aggregate, judged) in now.Definition.Aggregates.Zip(aggregates)) Compare(aggregate, judged, migration);
        AddDropped(migration);
        return new ViewChange(index, migration, Since(now, rules.Of), emits && !kept.Emits) { Floors = computed };
    }

    private ViewChange Refuse(string difference, string remedy)
    {
        Add(ChangeSubject.View, now.Name, ChangeVerdict.Refused, $"{difference}; {remedy}");
        return new ViewChange(-1, null, ImmutableSortedDictionary<string, FeatureSince>.Empty, BeginsToEmit: false);
    }

    /// <summary>What the whole view depends on: the lines of its fingerprint but those of slots, series and lifetime.</summary>
    private string? HeadDifference()
    {
        var (before, after) = (Head(kept.Fingerprint, was.Layout), Head(now.Fingerprint, now.Layout));
        return (before.Except(after).FirstOrDefault(), after.Except(before).FirstOrDefault()) switch
        {
            (null, null) => null,
            (null, var line) => $"'{line}' is new",
            (var line, null) => $"'{line}' is gone",
            (var old, var line) => $"it was '{old}' and is now '{line}'",
        };
    }

    private static string[] Head(ImmutableArray<string> fingerprint, ViewLayout layout)
    {
        var movable = layout.Slots.Select(static s => s.Identity).Append("lifetime").ToHashSet(StringComparer.Ordinal);
        return [.. fingerprint.Where(l => !movable.Contains(l) && !l.StartsWith("tiles ", StringComparison.Ordinal))];
    }

    private readonly record struct Judged(ImmutableArray<int> Slots, AggregateDefinition? Was, bool Keeps, string? Difference);

    /// <summary>What an aggregate was, by its name or, where it has a new one, by what it computes.</summary>
    private Judged Judge(AggregateDefinition aggregate)
    {
        var slots = AggregateWords.Slots(now, aggregate);
        var words = AggregateWords.Of(now, aggregate);
        var old = was.Definition.Aggregates.FirstOrDefault(a => a.Name == aggregate.Name);
        var isReset = request.Reset.Contains($"{now.Name}.{aggregate.Name}");
        if (old is not null && AggregateWords.Difference(was, old, now, aggregate) is { } difference) return new Judged(slots, old, Keeps: false, difference);
        old ??= was.Definition.Aggregates.FirstOrDefault(a => AggregateWords.Of(was, a) == words && now.Definition.Aggregates.All(n => n.Name != a.Name));
        return new Judged(slots, old, Keeps: !isReset && slots.All(slot => was.Layout.Slots.Any(s => s.Identity == now.Layout.Slots[slot].Identity)), null);
    }

    /// <summary>Whether no aggregate asks for a slot: the layout needs it itself.</summary>
    private bool IsHidden(int slot) => now.Layout.Features.All(f => f.Slot != slot && f.Divisor != slot);

    private void Compare(WindowPlan window, StateMigration migration, SinceRules rules)
    {
        var old = was.Layout.Windows.FirstOrDefault(w => w.Name == window.Name);
        var origin = SinceRules.Origin(migration, window);
        if (old is not null)
        {
            if (window.Series < 0 || origin >= 0 || window.Shape == WindowShape.Lifetime) Add(ChangeSubject.Window, window.Name, ChangeVerdict.Kept, Resolution(old, window));
            else if (request.Reset.Contains($"{now.Name}.{window.Name}")) Add(ChangeSubject.Window, window.Name, ChangeVerdict.Reset, Resolution(old, window), since: rules.OverNewWindow(window));
            else Add(ChangeSubject.Window, window.Name, ChangeVerdict.Refused, $"{(window.IsExact ? "it is exact now, and single moments were not kept" : $"{Resolution(old, window)}, and tiles cannot be cut finer")}; --reset {now.Name}.{window.Name} lets it begin empty");
        }
        else if (origin >= 0)
        {
            Add(ChangeSubject.Window, window.Name, ChangeVerdict.Kept, $"it is new, and made of the tiles of {Duration.Format(was.Layout.Series[origin].Resolution)} that are kept", since: rules.OverNewWindow(window));
        }
        else Add(ChangeSubject.Window, window.Name, ChangeVerdict.New, since: rules.OverNewWindow(window));
    }

    private static string? Resolution(WindowPlan was, WindowPlan now) =>
        was.Resolution == now.Resolution || now.Shape == WindowShape.Lifetime ? null : $"its tiles were {Duration.Format(was.Resolution)} and are now {Duration.Format(now.Resolution)}";

    private void Compare(AggregateDefinition aggregate, Judged judged, StateMigration migration)
    {
        var name = $"{now.Name}.{aggregate.Name}";
        var isReset = request.Reset.Contains(name);
        var begins = judged.Slots.Any(s => migration.Slots[s] < 0);
        var since = begins ? Longest(now) : null;
        if (judged.Difference is { } difference)
        {
            if (isReset) Add(ChangeSubject.Aggregate, aggregate.Name, ChangeVerdict.Reset, difference, since);
            else Add(ChangeSubject.Aggregate, aggregate.Name, ChangeVerdict.Refused, $"{difference}; --reset {name} lets it begin empty, or give it another name");
        }
        else if (isReset) Add(ChangeSubject.Aggregate, aggregate.Name, ChangeVerdict.Reset, begins ? null : "its accumulators are those of another aggregate, which is kept", since);
        else if (begins) Add(ChangeSubject.Aggregate, aggregate.Name, ChangeVerdict.New, since: since);
        else if (judged.Was is null) Add(ChangeSubject.Aggregate, aggregate.Name, ChangeVerdict.Kept, "it is new, and made of accumulators that are kept");
        else Add(ChangeSubject.Aggregate, aggregate.Name, ChangeVerdict.Kept, judged.Was.Name == aggregate.Name ? null : $"it was named {judged.Was.Name}");
    }

    private void AddDropped(StateMigration migration)
    {
        foreach (var old in was.Definition.Aggregates)
        {
            var words = AggregateWords.Of(was, old);
            if (now.Definition.Aggregates.Any(a => a.Name == old.Name)) continue;
            if (now.Definition.Aggregates.Any(a => AggregateWords.Of(now, a) == words && was.Definition.Aggregates.All(o => o.Name != a.Name))) continue;
            AddGone(ChangeSubject.Aggregate, old.Name, AggregateWords.Slots(was, old).Any(s => !migration.Slots.Contains(s)));
        }
        foreach (var old in was.Layout.Windows)
        {
            if (now.Layout.Windows.Any(w => w.Name == old.Name)) continue;
            AddGone(ChangeSubject.Window, old.Name, old.Shape == WindowShape.Lifetime || (old.Series >= 0 && !migration.Series.Contains(old.Series)));
        }
    }

    private void AddGone(ChangeSubject subject, string name, bool destroys)
    {
        var forgotten = request.Forget.Contains($"{now.Name}.{name}");
        _changes.Add(new Change(subject, name, forgotten ? ChangeVerdict.Forgotten : ChangeVerdict.Dropped, forgotten || !destroys ? null : $"its state goes with it; --forget {now.Name}.{name} or --yes agrees to that")
        {
            View = now.Name,
            Destroys = destroys && !forgotten,
        });
    }

    /// <summary>What a view that begins empty says of itself: since when its features count.</summary>
    private FeatureSince? Longest(ViewPlan view) => SinceRules.Fresh(live, view, view.Layout.Windows.MaxBy(static w => w.Shape == WindowShape.Lifetime ? long.MaxValue : w.Size)!);

    private void Add(ChangeSubject subject, string name, ChangeVerdict verdict, string? detail = null, FeatureSince? since = null) =>
        _changes.Add(new Change(subject, name, verdict, detail) { View = subject is ChangeSubject.Window or ChangeSubject.Aggregate ? now.Name : null, Since = since });

    private static ImmutableSortedDictionary<string, FeatureSince> Since(ViewPlan view, Func<FeaturePlan, FeatureSince?> of) => view.Layout.Features.Select(f => (f.Name, Since: of(f)))
        .Where(static f => f.Since is not null).ToImmutableSortedDictionary(static f => f.Name, static f => f.Since!, StringComparer.Ordinal);
}

/// <summary>What an aggregate computes, in words that are equal for aggregates that compute the same.</summary>
internal static class AggregateWords
{
    /// <summary>The slots that an aggregate of a view is computed from.</summary>
    public static ImmutableArray<int> Slots(ViewPlan view, AggregateDefinition aggregate)
    {
        var name = ViewDefinition.FeatureName(aggregate, view.Definition.Windows[0]);
        var feature = view.Layout.Features.First(f => f.Name == name);
        return feature.Divisor < 0 ? [feature.Slot] : [feature.Slot, feature.Divisor];
    }

    /// <summary><c>quantile of amount where paid, q 0.95</c>, in parentheses how it is kept, and what its columns are computed by.</summary>
    public static string Of(ViewPlan view, AggregateDefinition aggregate) => $"{Formula(view, aggregate)}{Lineage(view, aggregate)}";

    /// <summary>Why an aggregate is not what it was; null when it is. What columns are computed by is spoken of where nothing else differs.</summary>
    public static string? Difference(ViewPlan was, AggregateDefinition old, ViewPlan now, AggregateDefinition aggregate)
    {
        var (before, after) = (Formula(was, old), Formula(now, aggregate));
        if (before == after) (before, after) = (Of(was, old), Of(now, aggregate));
        return before == after ? null : $"it was '{before}' and is now '{after}'";
    }

    private static string Formula(ViewPlan view, AggregateDefinition aggregate)
    {
        var formulas = Slots(view, aggregate).Select(s => view.Layout.Slots[s].Formula).ToArray();
        var values = string.Join(" over", formulas.Select(Values));
        return FormattableString.Invariant(
            $"{aggregate.Function.Value}{values}{(aggregate.Q is { } q ? $", q {q}" : "")}{(aggregate.N is { } n ? $", n {n}" : "")}{(aggregate.K is { } k ? $", k {k}" : "")} ({string.Join(", ", formulas.Select(State))})");
    }

    private static string Lineage(ViewPlan view, AggregateDefinition aggregate) =>
        string.Join(" over", Slots(view, aggregate).Select(s => view.Layout.Slots[s]).Select(static s => s.Identity[s.Formula.Length..]).Distinct());

    private static string State(string formula) => formula.IndexOf(" of ", StringComparison.Ordinal) is >= 0 and var of ? formula[..of] : formula;

    private static string Values(string formula) =>
        formula[State(formula).Length..].Replace(" of *", "", StringComparison.Ordinal).Replace(" where true", "", StringComparison.Ordinal);
}
