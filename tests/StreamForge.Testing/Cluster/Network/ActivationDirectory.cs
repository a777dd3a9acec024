using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Testing.Cluster.Network;

/// <summary>
/// Where everything is active. A call finds the activation, or makes one; now and then a caller does not find the one that is there and makes a second one, and for a while each is reached by some callers.
/// </summary>
/// <param name="place">In which silo an address is to be activated, as a caller sees it.</param>
/// <param name="make">What is activated.</param>
public sealed class ActivationDirectory(
    SimulatedWorld world, FaultSource faults, Dictionary<SiloId, SimulatedSilo> silos, Func<string, SimulatedSilo, SiloId> place, Func<string, SimulatedSilo, ISimulatedGrain> make)
{
    private readonly Dictionary<string, List<SimulatedActivation>> _activations = new(StringComparer.Ordinal);
    private readonly Dictionary<(SiloId Caller, string Address), SimulatedActivation> _pointers = [];

    /// <summary>All activations that there are.</summary>
    public IEnumerable<SimulatedActivation> All => _activations.Values.SelectMany(a => a);

    /// <summary>Whether a thing is active, somewhere.</summary>
    public IEnumerable<SimulatedActivation> Find(string address) => _activations.GetValueOrDefault(address) ?? [];

    /// <summary>The activation that a call from a silo reaches.</summary>
    /// <exception cref="StreamForgeException">Unavailable: it is in a silo that is dead, and the caller does not know it yet.</exception>
    public SimulatedActivation Resolve(SimulatedSilo caller, string address)
    {
        if (!_activations.TryGetValue(address, out var there)) _activations.Add(address, there = []);
        there.RemoveAll(a => a.IsGone && a.Silo.IsAlive && !a.IsClosing);
        if (there.Count > 0 && faults.Strikes(faults.Plan.Doubled, "activation doubled")) return Double(caller, address, there);
        if (!_pointers.TryGetValue((caller.Id, address), out var found) || !there.Contains(found)) found = there.Count > 0 ? there[^1] : null;
        if (found is { Silo.IsAlive: false })
        {
            if (caller.Known.Contains(found.Silo.Id)) throw Unavailable(address, $"its silo {found.Silo.Id} does not answer");
            there.RemoveAll(a => !a.Silo.IsAlive);
            found = there.Count > 0 ? there[^1] : null;
        }
        return found ?? Activate(caller, address, there);
    }

    private SimulatedActivation Double(SimulatedSilo caller, string address, List<SimulatedActivation> there)
    {
        var second = Activate(caller, address, there);
        _pointers[(caller.Id, address)] = second;
        world.At(world.Now + world.Between(100_000, 20_000_000), () =>
        {
            var left = there.Where(a => !a.IsGone).ToList();
            if (left.Count > 1) End(left[world.Choose(left.Count)], world.Chance(0.5));
        });
        return second;
    }

    private SimulatedActivation Activate(SimulatedSilo caller, string address, List<SimulatedActivation> there)
    {
        var id = faults.Strikes(faults.Plan.Doubled, "activation misplaced") ? caller.Id : place(address, caller);
        if (!silos.TryGetValue(id, out var silo) || !silo.IsAlive) throw Unavailable(address, $"it cannot be activated in {id}, which does not answer");
        var activation = new SimulatedActivation(world, silo, address, make(address, silo));
        world.Tell($"{address} is activated in {silo.Id}");
        there.Add(activation);
        silo.Add(activation);
        return activation;
    }

    /// <summary>Ends an activation, in order or at whatever instruction it is.</summary>
    public void End(SimulatedActivation activation, bool inOrder)
    {
        world.Tell($"{activation.Address} in {activation.Silo.Id} ends {(inOrder ? "in order" : "at once")}");
        faults.Counts.Add(inOrder ? "activation ended in order" : "activation ended at once");
        if (!inOrder)
        {
            activation.Actor.Kill();
            Forget(activation);
            return;
        }
        _ = world.Kernel.RunAsync(async () =>
        {
            try
            {
                await activation.CloseAsync();
            }
            finally
            {
                activation.Actor.Kill();
                Forget(activation);
            }
        });
    }

    private void Forget(SimulatedActivation activation)
    {
        activation.Silo.Remove(activation);
        if (_activations.TryGetValue(activation.Address, out var there)) there.Remove(activation);
    }

    private static StreamForgeException Unavailable(string address, string why) => new(ErrorKind.Unavailable, $"{address} cannot be reached: {why}", retryable: true);
}
