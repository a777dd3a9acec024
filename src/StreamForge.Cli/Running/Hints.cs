using StreamForge.Core;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Cli.Running;

/// <summary>What a user may try next, with names of their own pipeline. Keys are those of the file's tests where it has some, else made up by type.</summary>
internal static class Hints
{
    /// <summary>A <c>curl</c> for the first view; null when there is none.</summary>
    public static string? Curl(Uri server, IReadOnlyList<PipelinePlan> plans)
    {
        if (First(plans) is not { } found) return null;
        var query = string.Join('&', Key(found.Plan, found.View).Select(k => $"{Uri.EscapeDataString(k.Name)}={Uri.EscapeDataString(k.Value)}"));
        return $"curl '{server}v1/views/{Uri.EscapeDataString(found.View.Name)}?{query}'";
    }

    /// <summary>A <c>features get</c> for a key that the first view of the pipelines knows, once they have run; null when there is none.</summary>
    public static string? FeaturesGet(string dataDirectory, bool isDefault, IReadOnlyList<RunningPipeline> pipelines)
    {
        if (pipelines.FirstOrDefault(p => !p.Engine.Plan.Views.IsEmpty) is not { } pipeline || pipeline.Engine.AnyKey(0) is not { } key) return null;
        var view = pipeline.Engine.Plan.Views[0].Description;
        var parts = view.Entity.Zip(KeyCodec.Read(key, view.Entity)).Select(k => Quoted($"{k.First.Name}={k.Second}"));
        return $"./streamforge features get {view.Name} {string.Join(' ', parts)}{(isDefault ? "" : $" --data-dir {Quoted(dataDirectory)}")}";
    }

    private static (PipelinePlan Plan, ViewPlan View)? First(IReadOnlyList<PipelinePlan> plans) =>
        plans.FirstOrDefault(p => !p.Views.IsEmpty) is { } plan ? (plan, plan.Views[0]) : null;

    private static IEnumerable<(string Name, string Value)> Key(PipelinePlan plan, ViewPlan view)
    {
        var test = plan.Definition.Tests.FirstOrDefault(t => t.View.Value == view.Name);
        return view.Entity.Select(e => (e.Key.Name, test?.Key.FirstOrDefault(k => k.Key == e.Key.Name).Value ?? Example(e.Key.Type.Kind)));
    }

    private static string Example(TypeKind kind) => kind switch
    {
        TypeKind.Boolean => "true",
        TypeKind.Date => "2024-01-01",
        TypeKind.Timestamp or TypeKind.TimestampTz => "2024-01-01T00:00:00Z",
        TypeKind.Bytes => "AA==",
        TypeKind.Int or TypeKind.BigInt or TypeKind.Double or TypeKind.Decimal => "1",
        _ => "a",
    };

    /// <summary>A word as a shell takes it.</summary>
    public static string Quoted(string word) => word.All(c => char.IsAsciiLetterOrDigit(c) || c is '=' or '-' or '_' or '.' or '/' or ':') ? word : $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
