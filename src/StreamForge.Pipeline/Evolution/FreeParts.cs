using StreamForge.Core;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Pipeline.Evolution;

/// <summary>
/// The parts of a definition that no kept state depends on, each with what it says: they change freely, and a comparison names those that do. Of sources, views, aggregates and sinks only those are looked at that both definitions have:
/// others are spoken of themselves.
/// </summary>
internal static class FreeParts
{
    public static IEnumerable<Change> Compare(PipelinePlan was, PipelinePlan now)
    {
        var (before, after) = (Of(was, now), Of(now, was));
        foreach (var kind in (string[])["transformation ", "expectation of "]) LeaveRenamed(before, after, kind);
        foreach (var (part, text) in after)
        {
            if (!before.TryGetValue(part, out var old)) yield return new Change(ChangeSubject.Definition, part, ChangeVerdict.Free, $"it is now '{text}'");
            else if (old != text) yield return new Change(ChangeSubject.Definition, part, ChangeVerdict.Free, Difference(old, text));
        }
        foreach (var (part, _) in before)
        {
            if (!after.ContainsKey(part)) yield return new Change(ChangeSubject.Definition, part, ChangeVerdict.Free, "it is gone");
        }
    }

    /// <summary>Leaves out what is there under another name alone.</summary>
    private static void LeaveRenamed(Dictionary<string, string> before, Dictionary<string, string> after, string kind)
    {
        foreach (var (part, text) in after.Where(p => p.Key.StartsWith(kind, StringComparison.Ordinal) && !before.ContainsKey(p.Key)).ToArray())
        {
            if (before.FirstOrDefault(p => p.Key.StartsWith(kind, StringComparison.Ordinal) && p.Value == text && !after.ContainsKey(p.Key)).Key is not { } former) continue;
            before.Remove(former);
            after.Remove(part);
        }
    }

    /// <summary>Both texts; of long lists only what is new in them and what is gone.</summary>
    private static string Difference(string was, string now)
    {
        const int longest = 160;
        var (before, after) = (was.Split(", "), now.Split(", "));
        var (added, gone) = (after.Except(before).ToArray(), before.Except(after).ToArray());
        if (was.Length + now.Length <= longest || added.Length + gone.Length == 0) return $"it was '{was}' and is now '{now}'";
        return string.Join("; ", new[] { added.Length == 0 ? null : $"new: {string.Join(", ", added)}", gone.Length == 0 ? null : $"gone: {string.Join(", ", gone)}" }.Where(static t => t is not null));
    }

    private static Dictionary<string, string> Of(PipelinePlan plan, PipelinePlan other)
    {
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        void Add(string part, string? text)
        {
            if (!string.IsNullOrEmpty(text)) parts[part] = text;
        }
        var definition = plan.Definition;
        Add("version", definition.Version);
        Add("owner", definition.Owner);
        Add("description", definition.Description);
        Add("warehouse", definition.Warehouse);
        var run = definition.Orchestration;
        Add("orchestration", $"engine {run.Engine}, checkpoint_interval {Duration.Format(run.CheckpointInterval)}, parallelism {run.Parallelism?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "one a core"}, max_records {run.MaxRecords}");
        foreach (var source in plan.Sources.Where(s => other.Sources.Any(o => o.Name == s.Name)))
        {
            var time = source.Definition.Watermark;
            Add($"watermark of {source.Name}", $"out_of_orderness {Duration.Format(time.OutOfOrderness)}, idle_timeout {Duration.Format(time.IdleTimeout)}, allowed_lateness {Duration.Format(time.AllowedLateness)}, max_future {Duration.Format(time.MaxFuture)}");
            Add($"on_error of {source.Name}", source.Definition.OnError == OnError.Fail ? "fail" : "dead_letter");
            // What views read is in their fingerprints; these only feed sinks.
            var read = plan.Views.Where(v => v.Source == source.Name).SelectMany(v => Above(source, v.Node)).ToHashSet();
            foreach (var (node, transformation) in source.Transformations.Index())
            {
                if (!read.Contains(node + 1)) Add($"transformation {transformation.Name}", transformation.Definition.Sql.Value);
                foreach (var should in transformation.Expectations.Where(e => !e.Definition.Must)) Add($"expectation of {transformation.Name}", should.Definition.Condition.Value);
            }
        }
        foreach (var view in plan.Views)
        {
            if (other.Views.FirstOrDefault(o => o.Name == view.Name) is { } same) AddView(view.Definition, same.Definition, Add);
        }
        foreach (var service in plan.Services) Add($"service {service.Name}", string.Join(", ", service.Features));
        foreach (var sink in plan.Sinks.Where(s => other.Sinks.Any(o => o.Name == s.Name)))
        {
            if (sink.Definition.Options is IcebergSinkOptions table)
                Add($"sink {sink.Name}", $"partition_by [{string.Join(", ", table.PartitionBy)}], file_format {table.FileFormat}, commit_interval {(table.CommitInterval is { } interval ? Duration.Format(interval) : "every checkpoint")}");
        }
        return parts;
    }

    private static void AddView(ViewDefinition view, ViewDefinition other, Action<string, string?> add)
    {
        add($"description of {view.Name}", view.Description);
        add($"clock of {view.Name}", view.Clock?.ToString().ToLowerInvariant());
        add($"ttl of {view.Name}", view.Ttl is { } ttl ? Duration.Format(ttl) : null);
        add($"freshness of {view.Name}", view.Freshness is { } freshness ? Duration.Format(freshness) : null);
        foreach (var aggregate in view.Aggregates.Where(a => other.Aggregates.Any(o => o.Name == a.Name))) add($"description of {view.Name}:{aggregate.Name}", aggregate.Description);
        foreach (var derived in view.Derived)
        {
            add($"derived feature {view.Name}:{derived.Name}", derived.Expression.Value);
            add($"description of {view.Name}:{derived.Name}", derived.Description);
        }
    }

    /// <summary>A node and all that it is computed from.</summary>
    private static IEnumerable<int> Above(SourcePlan source, int node)
    {
        for (; node > 0; node = source.Transformations[node - 1].Input) yield return node;
    }
}
