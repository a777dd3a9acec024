using Confluent.Kafka;

namespace StreamForge.Connectors.Kafka;

/// <summary>
/// Commits durable positions to the consumer group, for tools that show lag; nothing here ever reads them. One attempt at a time runs in the background with the newest positions; one that fails is told and given up, as the
/// next checkpoint brings newer ones. Safe from any thread.
/// </summary>
internal sealed class KafkaCommits(KafkaConnection connection, IConsumer<StagedPiece, StagedPiece> consumer, KafkaHealth health)
{
    /// <summary>How long an end waits for positions to be committed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<int, long> _waiting = [];
    private Task _work = Task.CompletedTask;

    public void Note(int partition, long next)
    {
        lock (_gate)
        {
            _waiting[partition] = next;
            if (_work.IsCompleted) _work = Task.Run(CommitAll);
        }
    }

    /// <summary>Waits for what was noted; false when it takes too long.</summary>
    public async Task<bool> FlushAsync()
    {
        Task work;
        lock (_gate) work = _work;
        try
        {
            await work.WaitAsync(Patience);
            return true;
        }
        catch (TimeoutException)
        {
            health.Warn($"source {connection.Source}: the offsets of the group {connection.Group} could not be committed in time; tools will show too much lag until the next run");
            return false;
        }
    }

    /// <summary>Disposes the client once an attempt that takes too long has ended.</summary>
    public void DisposeWhenDone()
    {
        lock (_gate) _ = _work.ContinueWith(_ => consumer.Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private void CommitAll()
    {
        while (true)
        {
            TopicPartitionOffset[] offsets;
            lock (_gate)
            {
                if (_waiting.Count == 0)
                {
                    _work = Task.CompletedTask;
                    return;
                }
                offsets = [.. _waiting.Select(w => new TopicPartitionOffset(connection.Topic, w.Key, w.Value))];
                _waiting.Clear();
            }
            try
            {
                consumer.Commit(offsets);
            }
            catch (KafkaException error)
            {
                health.Warn($"source {connection.Source}: the offsets of the group {connection.Group} could not be committed ({error.Error.Reason}); reading goes on, and the next checkpoint commits newer ones");
            }
        }
    }
}
