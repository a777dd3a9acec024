using System.Collections.Immutable;
using StreamForge.Cluster.Ports;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Testing.Cluster.Network;

/// <summary>One run of one node: what is active in it is gone when it dies.</summary>
public sealed class SimulatedSilo(SimulatedWorld world, SiloId id)
{
    private readonly List<SimulatedActivation> _activations = [];

    public SiloId Id => id;

    public bool IsAlive { get; private set; } = true;

    /// <summary>The silos that it believes to be alive, in order; behind what is.</summary>
    public ImmutableArray<SiloId> Known { get; set; } = [id];

    /// <summary>What every silo has one of; an activation that interleaves.</summary>
    public SimulatedActivation? Service { get; set; }

    public IReadOnlyList<SimulatedActivation> Activations => _activations;

    internal void Add(SimulatedActivation activation) => _activations.Add(activation);

    internal void Remove(SimulatedActivation activation) => _activations.Remove(activation);

    /// <summary>It stops at whatever instruction it is.</summary>
    public void Crash()
    {
        IsAlive = false;
        foreach (var activation in _activations) activation.Actor.Kill();
        Service?.Actor.Kill();
        world.Tell($"{id} dies with {_activations.Count} activations");
    }
}
