using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Pipeline.Plans;

/// <summary>Expands services to the features that they name.</summary>
internal static class ServicePlanner
{
    public static ImmutableArray<ServiceDescription> Plan(
        PipelineDefinition pipeline, IReadOnlyList<ViewPlan> views, ImmutableHashSet<string> broken, ImmutableArray<Fault>.Builder faults)
    {
        var result = ImmutableArray.CreateBuilder<ServiceDescription>();
        foreach (var service in pipeline.Services)
        {
            var features = new List<string>();
            foreach (var reference in service.Features) features.AddRange(Expand(pipeline, reference, views, broken, faults));
            result.Add(new ServiceDescription(pipeline.Name, service.Name, [.. features.Distinct(StringComparer.Ordinal)]));
        }
        return result.ToImmutable();
    }

    private static IEnumerable<string> Expand(
        PipelineDefinition pipeline, LocatedText reference, IReadOnlyList<ViewPlan> views, ImmutableHashSet<string> broken, ImmutableArray<Fault>.Builder faults)
    {
        var colon = reference.Value.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || colon == reference.Value.Length - 1)
        {
            faults.Add(reference.Location.Fault($"'{reference.Value}' names no feature; write view:feature, or view:* for all of them"));
            return [];
        }
        var (viewName, feature) = (reference.Value[..colon], reference.Value[(colon + 1)..]);
        var view = views.FirstOrDefault(v => v.Name == viewName);
        if (view is null)
        {
            // A view with faults of its own has been spoken of already.
            if (!broken.Contains(viewName) && pipeline.Views.All(v => v.Name != viewName))
                faults.Add(reference.Location.Fault(SqlFaults.Unknown("view", viewName, pipeline.Views.Select(v => v.Name))));
            return [];
        }
        var names = view.Description.Features.Select(f => f.Name);
        if (feature == "*") return names.Select(n => $"{viewName}:{n}");
        if (view.Description.IndexOf(feature) >= 0) return [reference.Value];
        faults.Add(reference.Location.Fault(SqlFaults.Unknown($"feature of {viewName}", feature, names)));
        return [];
    }
}
