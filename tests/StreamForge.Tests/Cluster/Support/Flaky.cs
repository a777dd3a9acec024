using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;

namespace StreamForge.Tests.Cluster.Support;

/// <summary>Calls to a sink's writer that fail before or after they take effect.</summary>
internal sealed class FlakySink(ModelCluster cluster, Func<ISinkWriter> sink) : ISinkWriter
{
    public async ValueTask<SinkAnswer> WriteAsync(SinkRows rows, CancellationToken cancellation)
    {
        var fault = await cluster.CallAsync();
        if (fault == CallFault.Before) throw MemoryRecords.Failure();
        var answer = await sink().WriteAsync(rows, cancellation);
        await cluster.Yield();
        return fault == CallFault.After ? throw MemoryRecords.Failure() : answer;
    }

    public async ValueTask<SinkStatus> StatusAsync(CancellationToken cancellation)
    {
        if (await cluster.CallAsync() != CallFault.None) throw MemoryRecords.Failure();
        var status = await sink().StatusAsync(cancellation);
        await cluster.Yield();
        return status;
    }
}

/// <summary>Calls to a pipeline's own part that fail before or after they take effect.</summary>
internal sealed class FlakyControl(ModelCluster cluster, Func<IPipelineControl> control) : IPipelineControl
{
    public async ValueTask<PipelineTime> ReportAsync(PartitionReport report, CancellationToken cancellation)
    {
        var fault = await cluster.CallAsync();
        if (fault == CallFault.Before) throw MemoryRecords.Failure();
        var time = await control().ReportAsync(report, cancellation);
        await cluster.Yield();
        return fault == CallFault.After ? throw MemoryRecords.Failure() : time;
    }

    public async ValueTask<PipelineTime> TimeAsync(CancellationToken cancellation)
    {
        if (await cluster.CallAsync() != CallFault.None) throw MemoryRecords.Failure();
        return await control().TimeAsync(cancellation);
    }

    public ValueTask OrderAsync(PipelineOrder order, CancellationToken cancellation) => control().OrderAsync(order, cancellation);

    public ValueTask<PipelineOverview> OverviewAsync(CancellationToken cancellation) => control().OverviewAsync(cancellation);
}

/// <summary>Keys' storage for parts that only ask what is due and what is newest.</summary>
internal sealed class MemoryKeys : IKeyStorage
{
    public Dictionary<KeyId, long> Due { get; } = [];

    public ValueTask<StoredKey?[]> LoadAsync(IReadOnlyList<KeyId> keys, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask<bool[]> WriteAsync(IReadOnlyList<KeyWrite> writes, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<KeyId>> DueAsync(int view, int fromGroup, int toGroup, long watermark, int limit, CancellationToken cancellation) =>
        new([.. Due.Where(d => d.Key.View == view && d.Key.Group >= fromGroup && d.Key.Group < toGroup && d.Value <= watermark).Select(d => d.Key).Take(limit)]);

    public ValueTask<long> NewestEventAsync(int view, CancellationToken cancellation) => new(StreamForge.Core.EventTime.MinValue);

    public ValueTask<long> OrphansAsync(int view, CancellationToken cancellation) => new(0L);

    public ValueTask<(long Total, IReadOnlyList<byte[]> Keys)> SampleAsync(int view, int limit, CancellationToken cancellation) => throw new NotSupportedException();
}
