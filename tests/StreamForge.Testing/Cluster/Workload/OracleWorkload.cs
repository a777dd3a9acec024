using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using StreamForge.Cluster.Partitions;
using StreamForge.Core;
using StreamForge.Testing.Oracle;

namespace StreamForge.Testing.Cluster.Workload;

/// <summary>One view of a workload as a case of the oracle: its events partition after partition, each judged by the bounds of time that the simulated cluster has settled for it.</summary>
public sealed class OracleWorkload
{
    private readonly ImmutableArray<string> _positions;
    private readonly string _entity;

    /// <param name="entity">The view's key: customer or product.</param>
    public OracleWorkload(ClusterSimulation simulation, OracleView view, string entity)
    {
        ArgumentNullException.ThrowIfNull(simulation);
        _entity = entity;
        var workload = simulation.Workload;
        var rows = workload.Events.Where(SimulatedWorkload.IsRow).ToArray();
        (int Partition, long Offset)[] places = workload.Before is null ? [.. rows.Select(static e => (e.Partition, e.Offset))] : [.. workload.Changes.Select(static c => (c.Partition, c.Offset))];
        _positions = [.. places.Select(p => string.Create(CultureInfo.InvariantCulture, $"{workload.Plan.Sources[0].Name}/{p.Partition} {p.Offset}"))];
        Case = new OracleCase(view, [.. rows.Select(Event)], [])
        {
            Changes = [.. workload.Changes.Select(Change)],
            Bounds = [.. places.Select(p => Bounds(simulation.Invariants.BoundsOf(p.Partition, p.Offset)))],
            Reached = Time(simulation.Invariants.Watermark),
        };
    }

    public OracleCase Case { get; }

    /// <summary>Where an event is: its partition and position, as ledgers write them.</summary>
    public string PositionOf(int index) => _positions[index];

    private static long? Time(long time) => time == EventTime.MinValue ? null : time;

    private static OracleBounds Bounds(BoundsEntry bounds) => new(Time(bounds.AtLeast), Time(bounds.AtMost));

    private OracleEvent Event(WorkloadEvent e)
    {
        var image = Image(new WorkloadImage(e.Time, e.Customer, e.Product, e.Amount, e.Score, e.Kind));
        return new OracleEvent(e.Partition, e.Time!.Value, image.Key, image.Values);
    }

    private OracleChange Change(WorkloadChange change) => new(
        change.Partition, Op(change.Kind), change.Id?.ToString(CultureInfo.InvariantCulture), change.Before is { } before ? Image(before) : null, change.After is { } after ? Image(after) : null,
        change.Position == SourcePosition.None ? null : new OraclePosition((long)change.Position.Major, (long)change.Position.Minor), Snapshot(change.Snapshot));

    private OracleImage Image(WorkloadImage image)
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, OracleValue?>(StringComparer.Ordinal);
        values["customer"] = image.Customer is { } customer ? new OracleValue.Text(customer) : null;
        values["product"] = image.Product is { } product ? new OracleValue.Integer(product) : null;
        values["amount"] = image.Amount is { } amount ? new OracleValue.Decimal((BigInteger)(amount * 100), 2) : null;
        values["score"] = image.Score is { } score ? new OracleValue.Real(score) : null;
        values["kind"] = image.LacksKind ? null : new OracleValue.Text(image.Kind);
        values["fair"] = image.Amount < 0 ? 0L : 1L;
        return new OracleImage(image.Time, values[_entity]?.ToString(), values.ToImmutable()) { Unavailable = image.LacksKind ? ["kind"] : [] };
    }

    private static OracleOp Op(ChangeKind kind) => kind switch
    {
        ChangeKind.Create => OracleOp.Create,
        ChangeKind.Update => OracleOp.Update,
        ChangeKind.Delete => OracleOp.Delete,
        ChangeKind.Read => OracleOp.Read,
        ChangeKind.Truncate => OracleOp.Truncate,
        ChangeKind.Tombstone => OracleOp.Tombstone,
        _ => OracleOp.Other,
    };

    private static OracleSnapshot Snapshot(SnapshotPhase phase) => phase switch
    {
        SnapshotPhase.Reading => OracleSnapshot.Reading,
        SnapshotPhase.Last => OracleSnapshot.Last,
        SnapshotPhase.Incremental => OracleSnapshot.Incremental,
        _ => OracleSnapshot.None,
    };
}
