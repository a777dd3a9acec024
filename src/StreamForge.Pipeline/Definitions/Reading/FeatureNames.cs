using System.Collections.Immutable;

namespace StreamForge.Pipeline.Definitions.Reading;

/// <summary>No two features of a view may have one name, whichever way they come by it.</summary>
internal static class FeatureNames
{
    public static void CheckUnique(
        ImmutableArray<WindowDefinition> windows, ImmutableArray<AggregateDefinition> aggregates, ImmutableArray<DerivedDefinition> derived, FaultLog faults)
    {
        var owners = new Dictionary<string, SourceLocation>(StringComparer.Ordinal);
        foreach (var aggregate in aggregates)
        {
            foreach (var name in windows.Select(window => ViewDefinition.FeatureName(aggregate, window)))
                Claim(name, aggregate.Location, owners, faults);
        }
        foreach (var feature in derived) Claim(feature.Name, feature.Location, owners, faults);
    }

    private static void Claim(string name, SourceLocation place, Dictionary<string, SourceLocation> owners, FaultLog faults)
    {
        if (!owners.TryAdd(name, place))
            faults.Add(place, $"the feature '{name}' is already defined at line {owners[name].Line}; rename one of the two (aggregates are named with their window, as in spend_1d)");
    }
}
