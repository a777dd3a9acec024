using System.Collections.Immutable;
using System.Numerics;
using StreamForge.Cluster.Features;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Reads;
using StreamForge.Testing.Cluster;
using StreamForge.Testing.Cluster.Workload;
using StreamForge.Testing.Oracle;
using StreamForge.Tests.Engine;

namespace StreamForge.Tests.Cluster.Simulation;

/// <summary>Holds the features of a simulated cluster's customers against the oracle, which shares no code with either host.</summary>
internal static class OracleJudge
{
    private const int View = 0;

    private static readonly ImmutableArray<OracleAggregate> Aggregates =
    [
        new("n", OracleFunction.Count), new("spend", OracleFunction.Sum, "amount"), new("mean", OracleFunction.Avg, "score"), new("low", OracleFunction.Min, "amount"),
        new("high", OracleFunction.Max, "score"), new("kinds", OracleFunction.Distinct, "product"), new("final", OracleFunction.Last, "kind"),
        new("big", OracleFunction.Count, null, new OracleComparison("amount", ">=", new OracleValue.Decimal(5000, 2)).AsWhere()),
    ];

    /// <summary>The first difference; null when there is none, or when the workload's results are not determined.</summary>
    public static string? Difference(ClusterSimulation simulation)
    {
        var workload = simulation.Workload;
        if (workload.Order == WorkloadOrder.LateInSeveral || workload.Before is not null) return null;
        var plan = workload.Plan.Views[View];
        if (plan.Definition.Exact || plan.Layout.Windows.Any(static w => w.Shape is not (WindowShape.Sliding or WindowShape.Lifetime))) return null;
        var oracle = new FeatureOracle(Case(workload));
        var (computer, row) = (new FeatureComputer(), new FeatureRow());
        foreach (var key in oracle.Keys)
        {
            var id = new KeyId(View, KeyCodec.FromText(plan.Description.Entity, new Dictionary<string, string>(StringComparer.Ordinal) { ["customer"] = key }));
            if (simulation.Storage.Content.Load(id) is not { } stored) return $"the oracle knows customer {key}, and storage does not";
            row.At = oracle.Now!.Value;
            row.NewestEvent = oracle.NewestEvent!.Value;
            computer.Compute(plan, KeyContent.Read(stored.Content).State, row);
            var expected = oracle.Read(key);
            for (var f = 0; f < plan.Description.Features.Length; f++)
            {
                if (Aggregates.All(a => !plan.Description.Features[f].Name.StartsWith($"{a.Name}_", StringComparison.Ordinal))) continue;
                var wanted = expected[plan.Description.Features[f].Name];
                if (!ReadComparison.Same(wanted, row.Values[f])) return $"customer {key}: {wanted.Name} is {row.Values[f]} ({row.Values[f].Status}), and by the oracle {wanted}";
            }
        }
        return null;
    }

    private static OracleCase Case(SimulatedWorkload workload)
    {
        var windows = workload.Plan.Views[View].Layout.Windows.Select(w => w.Shape == WindowShape.Lifetime ? OracleWindow.Lifetime : OracleWindow.Sliding(w.Size));
        var view = new OracleView([.. windows], Aggregates, workload.OutOfOrderness, workload.AllowedLateness, null, workload.Partitions);
        return new OracleCase(view, [.. workload.Events.Where(SimulatedWorkload.IsRow).Select(Event)], []);
    }

    private static OracleEvent Event(WorkloadEvent e)
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, OracleValue?>(StringComparer.Ordinal);
        values["amount"] = e.Amount is { } amount ? new OracleValue.Decimal((BigInteger)(amount * 100), 2) : null;
        values["score"] = e.Score is { } score ? new OracleValue.Real(score) : null;
        values["product"] = e.Product is { } product ? new OracleValue.Integer(product) : null;
        values["kind"] = new OracleValue.Text(e.Kind);
        return new OracleEvent(e.Partition, e.Time!.Value, SimulatedWorkload.IsLine(e) ? e.Customer : null, values.ToImmutable());
    }
}
