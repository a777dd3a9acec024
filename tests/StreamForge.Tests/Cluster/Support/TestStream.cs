using StreamForge.Cluster.Partitions;
using StreamForge.Cluster.Ports;

namespace StreamForge.Tests.Cluster.Support;

/// <summary>Brings a topic to one activation of a partition, in batches of any size, until it is told to end.</summary>
internal sealed class TestStream(TestTopic topic, ModelCluster cluster) : IPartitionStream
{
    private long? _cursor;
    private bool _isOver;

    public long Acknowledged { get; private set; }

    public void End() => _isOver = true;

    public async ValueTask<long> StartAsync(CancellationToken cancellation)
    {
        await cluster.Yield();
        return 0;
    }

    public async ValueTask RewindAsync(long position, CancellationToken cancellation)
    {
        if (await cluster.CallAsync() == CallFault.Before) throw MemoryRecords.Failure();
        _cursor = position;
    }

    public void Acknowledge(long durable) => Acknowledged = durable;

    /// <summary>Delivers until it is over. Now and then a batch comes twice, or one is left out, as from a stream that has lost its place.</summary>
    public async Task RunAsync(PartitionProcess process, int mistakesIn)
    {
        while (!_isOver)
        {
            await Task.Yield();
            if (_cursor is not { } from) continue;
            if (topic.Batch(from, cluster.Random.Next(1, 8)) is not { } batch) continue;
            var isMistake = mistakesIn > 0 && cluster.Random.Next(mistakesIn) == 0;
            if (isMistake && topic.Batch(batch.Next, 3) is { } later) await process.OnBatchAsync(later, CancellationToken.None);
            if (_cursor != from) continue;
            var answer = await process.OnBatchAsync(batch, CancellationToken.None);
            if (isMistake) await process.OnBatchAsync(batch, CancellationToken.None);
            if (_cursor == from && answer != BatchAnswer.Refused) _cursor = batch.Next;
        }
    }
}
