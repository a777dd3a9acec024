using System.Collections.Frozen;
using StreamForge.Core;

namespace StreamForge.Sql.Functions;

/// <summary>All functions by name.</summary>
internal static class FunctionTable
{
    private static readonly string[] Special = ["CAST", "TRY_CAST", "JSON_VALUE", "POSITION", "TRIM", "CEILING"];

    private static readonly FrozenSet<string> Aggregates = FrozenSet.Create(StringComparer.Ordinal,
        "COUNT", "SUM", "AVG", "MIN", "MAX", "STDDEV", "STDDEV_POP", "STDDEV_SAMP", "VARIANCE", "VAR_POP", "VAR_SAMP", "COLLECT", "LISTAGG",
        "FIRST_VALUE", "LAST_VALUE", "ROW_NUMBER", "RANK", "DENSE_RANK", "LAG", "LEAD", "PERCENTILE", "APPROX_COUNT_DISTINCT");

    private static readonly FrozenDictionary<string, Function> All =
        new[] { ConditionalFunctions.All, TextFunctions.All, TextPartFunctions.All, PatternFunctions.All, EncodingFunctions.All, MathFunctions.All, RoundingFunctions.All, TimeFunctions.All, TimeTextFunctions.All, SystemFunctions.All }
            .SelectMany(family => family)
            .ToFrozenDictionary(f => f.Name, StringComparer.Ordinal);

    public static Function? Find(string name) => All.GetValueOrDefault(name);

    public static IEnumerable<string> Names => [.. All.Keys, .. Special];

    public static string Unknown(string name) => Aggregates.Contains(name)
        ? $"the aggregate {name} is not supported yet in a transformation; aggregates stand under features"
        : NearestName.Find(name, Names) is { } nearest ? $"unknown function '{name}'; did you mean '{nearest}'?" : $"unknown function '{name}'";
}
