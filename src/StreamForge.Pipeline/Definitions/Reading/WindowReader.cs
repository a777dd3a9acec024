using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions.Yaml;

namespace StreamForge.Pipeline.Definitions.Reading;

/// <summary>Reads a view's <c>windows</c>: <c>1h</c>, <c>lifetime</c>, <c>{tumbling: 1d}</c>, <c>{hopping: 1h, every: 5m}</c>, <c>{session: 30m}</c>.</summary>
internal static class WindowReader
{
    private const string Forms = "a duration such as 1h for a sliding window, lifetime, {tumbling: 1d}, {hopping: 1h, every: 5m} or {session: 30m}";

    private static readonly string[] Kinds = ["tumbling", "hopping", "session"];

    public static ImmutableArray<WindowDefinition> Read(Section view)
    {
        var node = view.Require("windows", "windows: [1h, 1d, lifetime]");
        if (node is YamlSequence { Items.IsEmpty: true }) view.Faults.Add(node.Location, "'windows' must hold at least one, such as 1h");
        var result = ImmutableArray.CreateBuilder<WindowDefinition>();
        foreach (var item in view.Items("windows", node))
        {
            if (Window(item, view) is not { } window) continue;
            if (result.FirstOrDefault(w => w.Name == window.Name) is { } first)
                view.Faults.Add(window.Location, $"the window {window.Name} is already given at line {first.Location.Line}, column {first.Location.Column}; keep one of the two");
            else result.Add(window);
        }
        return result.ToImmutable();
    }

    private static WindowDefinition? Window(YamlNode node, Section view)
    {
        if (node is YamlMapping) return Named(Section.Of(node, node.Location, "window", view.Faults)!);
        if (view.Scalar("windows", node) is not { } scalar) return null;
        if (scalar.Value == "lifetime") return new WindowDefinition(WindowKind.Lifetime, 0, scalar.Location);
        if (Duration.TryParse(scalar.Value, out var size))
            return view.CheckDuration("windows", size, scalar.Location) is null ? null : new WindowDefinition(WindowKind.Sliding, size, scalar.Location);
        var meant = NearestName.Find(scalar.Value, ["lifetime"]) is null ? $"; write {Forms}" : "; did you mean 'lifetime'?";
        view.Faults.Add(scalar.Location, $"{scalar.Quoted} is no window{meant}");
        return null;
    }

    private static WindowDefinition? Named(Section section)
    {
        string[] given = [.. Kinds.Where(kind => section.Key(kind) is not null).OrderBy(kind => (section.Key(kind)!.Location.Line, section.Key(kind)!.Location.Column))];
        if (given.Length != 1)
        {
            section.Faults.Add(given.Length == 0 ? section.Place : section.Key(given[1])!.Location, given.Length == 0 ? $"a window must be {Forms}" : $"a window is either {given[0]} or {given[1]}; write two windows");
            section.PassOver("every");
            section.Close();
            return null;
        }
        var size = section.Duration(given[0]);
        if (section.Find(given[0]) is null) section.Faults.Add(section.Place, $"a window must be {Forms}");
        var every = given[0] == "hopping" ? Every(section, size) : null;
        if (given[0] != "hopping") section.Refuse("every", $"'every' belongs to a hopping window, not to {given[0]}; remove it");
        section.Close();
        return (given[0], size, every) switch
        {
            (_, null, _) => null,
            ("hopping", { } length, { } hop) => new WindowDefinition(WindowKind.Hopping, length, section.Place) { Every = hop },
            ("hopping", _, null) => null,
            ("session", { } gap, _) => new WindowDefinition(WindowKind.Session, gap, section.Place),
            (_, { } length, _) => new WindowDefinition(WindowKind.Tumbling, length, section.Place),
        };
    }

    /// <summary>The hop of a hopping window; null after a fault.</summary>
    private static long? Every(Section section, long? size)
    {
        if (section.Require("every", "every: 5m") is not { } node || section.Duration("every") is not { } every) return null;
        if (every <= size || size is null) return every;
        section.Faults.Add(node.Location, $"'every' must not be longer than the window, {Core.Duration.Format(size.Value)}: events between two windows would be in none");
        return null;
    }
}
