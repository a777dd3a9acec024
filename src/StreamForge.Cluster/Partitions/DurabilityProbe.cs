using StreamForge.Cluster.Ports;
using StreamForge.Core;

namespace StreamForge.Cluster.Partitions;

/// <summary>Asks the silos and sinks that hold something outstanding of a partition how far they are, all at once, and notes their answers. Used as its <see cref="PartitionProcess"/> is.</summary>
internal sealed class DurabilityProbe(PartitionSettings settings, ICluster cluster, PartitionLog log)
{
    /// <summary>What the answers come to.</summary>
    /// <param name="Lost">Why the partition must rewind; null when it need not.</param>
    /// <param name="Trouble">Why one did not answer; null when all did. One that is not retryable stops the partition.</param>
    public readonly record struct Answers(string? Lost, StreamForgeException? Trouble);

    /// <param name="isCurrent">Whether the partition has not been rewound since; what is answered later is not noted.</param>
    /// <param name="cancellation">The process ends.</param>
    public async ValueTask<Answers> AskAsync(Func<bool> isCurrent, CancellationToken cancellation)
    {
        var silos = log.Silos.ToArray().Select(s => (s, Answer: Try(() => cluster.Receiver(s).StatusAsync(cancellation)))).ToArray();
        var sinks = log.Sinks.ToArray().Select(s => (s, Answer: Try(() => cluster.Sink(s).StatusAsync(cancellation)))).ToArray();
        var answers = default(Answers);
        foreach (var (silo, waiting) in silos)
        {
            var (status, error) = await waiting;
            answers = With(answers, error);
            if (!isCurrent() || answers.Lost is not null) continue;
            if (error is null) answers = answers with { Lost = log.NoteFlushes(silo, status) };
            else if (!cluster.Silos.Contains(silo)) answers = answers with { Lost = log.NoteGone(silo) };
        }
        foreach (var (sink, waiting) in sinks)
        {
            var (status, error) = await waiting;
            answers = With(answers, error);
            if (isCurrent() && error is null && answers.Lost is null) answers = answers with { Lost = log.NoteSink(sink, status!, settings.Index) };
        }
        return answers;
    }

    /// <summary>Why the partition must rewind because a silo is gone; null when it need not.</summary>
    public string? Gone() => log.Silos.Except(cluster.Silos).Select(log.NoteGone).FirstOrDefault(static r => r is not null);

    /// <summary>The first trouble is told, but for one that stops the partition.</summary>
    private static Answers With(Answers answers, StreamForgeException? error) =>
        error is not null && (answers.Trouble is null || (answers.Trouble.Retryable && !error.Retryable)) ? answers with { Trouble = error } : answers;

    private static async Task<(T? Answer, StreamForgeException? Error)> Try<T>(Func<ValueTask<T>> call)
    {
        try
        {
            return (await call(), null);
        }
        catch (StreamForgeException error)
        {
            return (default, error);
        }
    }
}
