using System.Collections.Immutable;
using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Slices;

namespace StreamForge.Cluster.Ports;

/// <summary>
/// The other parts of the cluster as one of them sees it, for one pipeline. A call may fail (a retryable <see cref="Core.StreamForgeException"/>) after it has taken effect, may take effect twice,
/// and may reach a part that has been started anew; the protocol's answers are made so that all of that is noticed.
/// </summary>
public interface ICluster
{
    /// <summary>The silo that the caller runs in.</summary>
    SiloId Here { get; }

    /// <summary>The silos that are alive as far as is known here, in order of their ids. May be behind and may differ from one silo to another.</summary>
    ImmutableArray<SiloId> Silos { get; }

    /// <summary>The receiver of slices in a silo.</summary>
    ISliceReceiver Receiver(SiloId silo);

    /// <summary>A key, wherever it is active; it is activated by the first call.</summary>
    IFeatureKey Key(KeyId id);

    /// <summary>The one that writes a sink.</summary>
    ISinkWriter Sink(int sink);

    /// <summary>The pipeline's own.</summary>
    IPipelineControl Control { get; }
}

/// <summary>A key that is active somewhere.</summary>
public interface IFeatureKey
{
    /// <summary>Applies what it does not hold yet of a slice; see <see cref="KeyAnswer"/>.</summary>
    ValueTask<KeyAnswer> ApplyAsync(KeySlice slice, CancellationToken cancellation);

    /// <summary>Emits the windows that <paramref name="time"/> has closed, into its outbox, to be flushed with its state.</summary>
    ValueTask<KeyAnswer> CloseAsync(CloseRequest time, CancellationToken cancellation);

    /// <summary>A copy of its state as <see cref="StreamForge.Features.KeyState.KeyState"/> lays it out, never half a slice; null when the key is unknown.</summary>
    ValueTask<byte[]?> ReadAsync(CancellationToken cancellation);
}

/// <summary>A silo's local service: takes the slices of many keys in one call, hands them to the keys, and says what is durable.</summary>
public interface ISliceReceiver
{
    ValueTask<SliceAnswer> ApplyAsync(SliceBatch batch, CancellationToken cancellation);

    /// <summary>How far this silo's flushes are.</summary>
    ValueTask<FlushStatus> StatusAsync(CancellationToken cancellation);

    /// <summary>Copies of the states of many keys, in their order; null for an unknown one.</summary>
    ValueTask<byte[]?[]> ReadAsync(IReadOnlyList<KeyId> keys, CancellationToken cancellation);
}

/// <summary>Writes one sink; there is one at a time, and a second one is fenced.</summary>
public interface ISinkWriter
{
    /// <summary>Takes rows; see <see cref="SinkAnswer"/>.</summary>
    ValueTask<SinkAnswer> WriteAsync(SinkRows rows, CancellationToken cancellation);

    /// <summary>What is durable of each partition.</summary>
    ValueTask<SinkStatus> StatusAsync(CancellationToken cancellation);
}

/// <summary>Carries time and orders between a pipeline and its partitions.</summary>
public interface IPipelineControl
{
    /// <summary>A partition says how it is and hears how the pipeline is.</summary>
    ValueTask<PipelineTime> ReportAsync(PartitionReport report, CancellationToken cancellation);

    /// <summary>How the pipeline is, without saying anything.</summary>
    ValueTask<PipelineTime> TimeAsync(CancellationToken cancellation);

    /// <summary>Somebody wants it to run or to stop; the order is kept until the next one. To run also forgets why it had stopped by itself.</summary>
    ValueTask OrderAsync(PipelineOrder order, CancellationToken cancellation);

    /// <summary>How the pipeline and each of its partitions are, for people.</summary>
    ValueTask<PipelineOverview> OverviewAsync(CancellationToken cancellation);
}
