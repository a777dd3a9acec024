using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Grains.KafkaStreams;
using StreamForge.Grains.Silos;

namespace StreamForge.Grains.Hosting;

/// <summary>The pipelines of this silo. They are started before the first grain may be called and stopped after the last has been deactivated.</summary>
internal sealed class SiloPipelines : ILifecycleParticipant<ISiloLifecycle>
{
    private readonly ImmutableDictionary<string, SiloPipeline> _pipelines;
    private readonly SiloMembers _members;
    private volatile Spread? _spread;

    private sealed record Spread(ImmutableArray<SiloId> Silos, ImmutableDictionary<string, SiloId> Owners);

    public SiloPipelines(StreamForgeSiloOptions options, SiloMembers members, IGrainFactory grains, SiloSlicesClient services, ILoggerFactory logs)
    {
        Options = options;
        _members = members;
        _pipelines = options.Pipelines.ToImmutableDictionary(p => p.Name, p => new SiloPipeline(p, options, members, grains, services, logs), StringComparer.Ordinal);
        Streams = [.. options.Pipelines.SelectMany(p => p.Partitions.Select(q => StreamNames.Key(p.Name, q)))];
    }

    public StreamForgeSiloOptions Options { get; }

    /// <summary>The streams of all partitions of all pipelines.</summary>
    public ImmutableArray<string> Streams { get; }

    public IEnumerable<SiloPipeline> All => _pipelines.Values;

    /// <summary>The silo in which a stream is polled and its partition's grain belongs; null when no silo is known to be alive.</summary>
    public SiloId? OwnerOf(string stream)
    {
        var silos = _members.Alive;
        if (_spread is not { } spread || spread.Silos != silos) _spread = spread = new Spread(silos, PartitionSpread.Of(Streams, silos));
        return spread.Owners.TryGetValue(stream, out var owner) ? owner : null;
    }

    /// <exception cref="StreamForgeException">NotFound.</exception>
    public SiloPipeline Get(string name) => _pipelines.TryGetValue(name, out var pipeline)
        ? pipeline
        : throw new StreamForgeException(ErrorKind.NotFound, $"this silo has no pipeline {name}; all silos of a cluster must be given the same pipelines");

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(SiloPipelines),
        ServiceLifecycleStage.RuntimeGrainServices,
        _ =>
        {
            foreach (var pipeline in All) pipeline.Start();
            return Task.CompletedTask;
        },
        _ => Task.WhenAll(All.Select(p => p.DisposeAsync().AsTask())));
}
