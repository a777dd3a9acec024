using System.Text;
using StreamForge.Cluster.Ports;
using StreamForge.Connectors.Kafka;
using StreamForge.Core;
using StreamForge.Grains.KafkaStreams;

namespace StreamForge.Cluster.Tests.Fixture;

/// <summary>A topic in this process, whose partitions' records all silos of a cluster see. Safe from any thread.</summary>
internal sealed class MemoryTopic(int partitions)
{
    private readonly Lock _lock = new();
    private readonly List<byte[]>[] _logs = [.. Enumerable.Range(0, partitions).Select(_ => new List<byte[]>())];
    private TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Partitions => partitions;

    /// <summary>Records a batch at most.</summary>
    public int MaxRecords { get; init; } = 500;

    /// <summary>How far each partition was said to be durable.</summary>
    public long[] Acknowledged { get; } = new long[partitions];

    /// <summary>How often partitions were opened, and how many batches were read.</summary>
    public int Openings;

    public int Batches;

    /// <summary>Why a partition cannot be opened at present; null while it can.</summary>
    public StreamForgeException? Failure { get; set; }

    public long End(int partition)
    {
        lock (_lock) return _logs[partition].Count;
    }

    public void Write(int partition, IEnumerable<string> values)
    {
        lock (_lock)
        {
            _logs[partition].AddRange(values.Select(Encoding.UTF8.GetBytes));
            _written.TrySetResult();
            _written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Forgets all records, so that what silos hold can be measured.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            foreach (var log in _logs) log.Clear();
            foreach (var log in _logs) log.TrimExcess();
        }
    }

    /// <summary>What a silo polls of it.</summary>
    public ITopicPolls Poll() => new Polls(this);

    private PollBatch? Read(int partition, long position)
    {
        lock (_lock)
        {
            var log = _logs[partition];
            if (position >= log.Count) return null;
            var records = new KafkaRecordsBuilder(partition, position);
            var next = Math.Min(log.Count, position + MaxRecords);
            for (var offset = position; offset < next; offset++) records.Add(offset, offset, hasKey: false, default, hasValue: true, log[(int)offset], default);
            using var taken = records.Take();
            Interlocked.Increment(ref Batches);
            return new PollBatch(position, next, taken.Serialize());
        }
    }

    private Task WrittenAsync(int partition, long position)
    {
        lock (_lock) return position < _logs[partition].Count ? Task.CompletedTask : _written.Task;
    }

    private sealed class Polls(MemoryTopic topic) : ITopicPolls
    {
        public ValueTask<ITopicFeed> OpenAsync(int partition, long position, CancellationToken cancellation)
        {
            if (topic.Failure is { } failure) throw failure;
            Interlocked.Increment(ref topic.Openings);
            return new(new Feed(topic, partition, position));
        }

        public ValueTask<long> StartAsync(int partition, CancellationToken cancellation) => new(0);

        public void Acknowledge(int partition, long durable) => Volatile.Write(ref topic.Acknowledged[partition], durable);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Feed(MemoryTopic topic, int partition, long start) : ITopicFeed
    {
        private long _position = start;

        public async ValueTask WaitAsync(CancellationToken cancellation) => await topic.WrittenAsync(partition, _position).WaitAsync(cancellation);

        public PollBatch? TryRead()
        {
            if (topic.Read(partition, _position) is not { } batch) return null;
            _position = batch.Next;
            return batch;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
