using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.Ports;
using StreamForge.Pipeline.Plans;
using StreamForge.Testing.Cluster.Storage;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Testing.Cluster;

/// <summary>How a simulation is run.</summary>
public sealed record SimulationOptions
{
    /// <summary>About so many events.</summary>
    public int Events { get; init; } = 200;

    /// <summary>Whether to keep a trace.</summary>
    public bool IsTraced { get; init; }

    /// <summary>What goes wrong; null draws it from the seed.</summary>
    public FaultPlan? Faults { get; init; }

    /// <summary>Makes what stores; another one may break its rules.</summary>
    public Func<PipelinePlan, StorageContent> Content { get; init; } = _ => new StorageContent();

    /// <summary>Stands between the silos and a silo's receiver; may break its rules.</summary>
    public Func<ISliceReceiver, PipelinePlan, ICluster, ISliceReceiver> Receiver { get; init; } = (receiver, _, _) => receiver;

    /// <summary>Stands between the partitions and a sink's writer; may break its rules.</summary>
    public Func<ISinkWriter, ISinkWriter> SinkWriter { get; init; } = writer => writer;

    /// <summary>Stands between the stream and a partition that has received up to a position; may break its rules.</summary>
    public Func<PollBatch, long, PollBatch> Poll { get; init; } = (batch, _) => batch;

    /// <summary>A silo that is restarted keeps its id, which breaks a rule.</summary>
    public bool KeepsSiloIds { get; init; }

    /// <summary>Tables show what is prepared before it is committed, which breaks a rule.</summary>
    public bool CommitsEarly { get; init; }

    public BatcherOptions Batcher { get; init; } = new() { ChunkKeys = 7, LoadKeys = 5, FlushInterval = TimeSpan.FromSeconds(2) };

    /// <summary>Events that a partition may have outstanding.</summary>
    public long MostOutstanding { get; init; } = 100;

    /// <summary>Steps that a part of the run may take at most.</summary>
    public long Steps { get; init; } = 2_000_000;

    /// <summary>How long after the last fault everything must be at rest.</summary>
    public int RestSeconds { get; init; } = 600;
}
