using StreamForge.Cluster.Ports;

namespace StreamForge.Cluster.Flushing;

/// <summary>
/// How far a silo's flushes are. Flushes are numbered from 1 and run one after another; what a key applies while flush n-1 runs becomes durable with flush n. A number is what a key answers with
/// (<see cref="Slices.KeyAnswer.Flush"/>), so nobody else needs to know which keys are dirty.
/// </summary>
/// <param name="Completed">All flushes up to this one have ended, each write of theirs settled.</param>
/// <param name="LastLoss">
/// Grows when a flush has lost a key to another activation (its fence); 0 when none has: what this silo answered for with this number or a smaller one may be gone. Can be one more than <paramref name="Completed"/>, since a key
/// that is lost by a flush may have answered with the next one's number meanwhile.
/// </param>
public readonly record struct FlushStatus(SiloId Silo, long Completed, long LastLoss);
