using StreamForge.Embedded.Sinks;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Evolution;

/// <summary>Repeats the commits that belong to a state, as every start does, so that none is lost with a sink that is given up.</summary>
public static class PendingCommits
{
    /// <param name="plan">The plan of the kept definition.</param>
    /// <param name="pending">The commit of each sink whose commits are kept; null where there was nothing to commit.</param>
    /// <param name="sinks">Opens sinks of <paramref name="plan"/>.</param>
    public static async Task RepeatAsync(PipelinePlan plan, IEnumerable<(string Sink, string? Pending)> pending, SinkFactory sinks, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(pending);
        ArgumentNullException.ThrowIfNull(sinks);
        foreach (var (name, commit) in pending)
        {
            if (commit is null || plan.Sinks.FirstOrDefault(s => s.Name == name) is not { } kept) continue;
            await using var sink = sinks.Open(kept);
            await sink.RecoverAsync(commit, fresh: false, cancellation);
            await sink.CommitAsync(commit, cancellation);
        }
    }
}
