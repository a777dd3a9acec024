using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Tests.Cluster.Simulation.Mutations;

/// <summary>A receiver whose answers or slices are changed on the way.</summary>
internal sealed class BrokenReceiver(ISliceReceiver receiver) : ISliceReceiver
{
    public Func<SliceAnswer, SliceAnswer> Answer { get; init; } = a => a;

    public Func<FlushStatus, FlushStatus> Status { get; init; } = s => s;

    public async ValueTask<SliceAnswer> ApplyAsync(SliceBatch batch, CancellationToken cancellation) => Answer(await receiver.ApplyAsync(batch, cancellation));

    public async ValueTask<FlushStatus> StatusAsync(CancellationToken cancellation) => Status(await receiver.StatusAsync(cancellation));

    public ValueTask<byte[]?[]> ReadAsync(IReadOnlyList<KeyId> keys, CancellationToken cancellation) => receiver.ReadAsync(keys, cancellation);
}

/// <summary>A receiver that hands keys other slices than came.</summary>
internal sealed class ReceiverOfOtherSlices(ISliceReceiver receiver, PipelinePlan plan, ICluster cluster, Func<KeySlice, KeySlice> change) : ISliceReceiver
{
    public async ValueTask<SliceAnswer> ApplyAsync(SliceBatch batch, CancellationToken cancellation)
    {
        var slices = new SliceCodec(plan.Views[batch.View]).Decode(batch);
        var answers = new List<KeyAnswer>();
        for (var i = 0; i < slices.Count; i++) answers.Add(await cluster.Key(slices[i].Id).ApplyAsync(change(slices[i]), cancellation));
        return new SliceAnswer([.. answers.GroupBy(a => a.Silo).Select(g => (g.Key, g.Max(a => a.Flush)))], answers.Exists(a => a.IsBehind));
    }

    public ValueTask<FlushStatus> StatusAsync(CancellationToken cancellation) => receiver.StatusAsync(cancellation);

    public ValueTask<byte[]?[]> ReadAsync(IReadOnlyList<KeyId> keys, CancellationToken cancellation) => receiver.ReadAsync(keys, cancellation);
}

/// <summary>A sink's writer whose answers are changed on the way.</summary>
internal sealed class BrokenSinkWriter(ISinkWriter writer) : ISinkWriter
{
    public Func<SinkRows, SinkRows> Rows { get; init; } = r => r;

    public Func<Guid, Guid> Incarnation { get; init; } = i => i;

    public async ValueTask<SinkAnswer> WriteAsync(SinkRows rows, CancellationToken cancellation)
    {
        var answer = await writer.WriteAsync(Rows(rows), cancellation);
        return answer with { Incarnation = Incarnation(answer.Incarnation) };
    }

    public async ValueTask<SinkStatus> StatusAsync(CancellationToken cancellation)
    {
        var status = await writer.StatusAsync(cancellation);
        return status with { Incarnation = Incarnation(status.Incarnation) };
    }
}
