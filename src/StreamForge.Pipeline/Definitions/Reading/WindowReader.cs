using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions.Yaml;

namespace StreamForge.Pipeline.Definitions.Reading;

/// <summary>Reads a view's <c>windows</c>: <c>1h</c>, <c>lifetime</c>, <c>{tumbling: 1d}</c>.</summary>
internal static class WindowReader
{
    private const string Forms = "a duration such as 1h for a sliding window, lifetime, or {tumbling: 1d}";

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
        section.NotYet("a hopping window", "hopping");
        section.NotYet("a session window", "session");
        var later = section.Key("hopping") is not null || section.Key("session") is not null;
        if (later) section.PassOver("every");
        var size = section.Duration("tumbling");
        if (!later && section.Find("tumbling") is null) section.Faults.Add(section.Place, $"a window must be {Forms}");
        section.Close();
        return size is null || later ? null : new WindowDefinition(WindowKind.Tumbling, size.Value, section.Place);
    }
}
