namespace StreamForge.Pipeline.Definitions.Reading;

/// <summary>
/// Holds every name that stands for something else against what there is: inputs, cycles of transformations, what tests expect.
/// What rests on a broken or unknown input is broken too; nothing is said about references into it. What services name is the planner's to resolve.
/// </summary>
internal sealed class References(PipelineDefinition pipeline, ReadContext context)
{
    private readonly Dictionary<string, ReadContext.Declared> _inputs = context.Inputs.ToDictionary(d => d.Name, StringComparer.Ordinal);

    public void Check()
    {
        foreach (var reading in context.Readings) Input(reading);
        Cycles();
        Spread();
        foreach (var test in pipeline.Tests) Test(test);
    }

    private void Input(ReadContext.Reading reading)
    {
        var (kind, name, input) = reading;
        if (_inputs.TryGetValue(input.Value, out var found) && (kind == "sink" || found.Kind != "view")) return;
        if (kind != "sink") context.Broken.Add(name);
        if (found == default)
        {
            var candidates = _inputs.Values.Where(d => kind == "sink" || (d.Kind != "view" && d.Name != name)).Select(d => d.Name);
            context.Faults.Add(input.Location, $"unknown input {DefinitionText.Quote(input.Value)}{DefinitionText.Suggest(input.Value, candidates)}");
        }
        else
            context.Faults.Add(input.Location, $"'{input.Value}' is a view, and a {kind} reads a source or a transformation; name one of those");
    }

    /// <summary>Follows each transformation's input; a way that comes back to itself is reported once, where its first member in the file names its input.</summary>
    private void Cycles()
    {
        var transformations = context.Readings.Where(r => r.Kind == "transformation").ToDictionary(r => r.Name, StringComparer.Ordinal);
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (var start in transformations.Values)
        {
            var path = new List<ReadContext.Reading>();
            var at = start;
            while (done.Add(at.Name))
            {
                path.Add(at);
                if (!transformations.TryGetValue(at.Input.Value, out at)) break;
            }
            var begin = path.FindIndex(r => r.Name == at.Name);
            if (begin < 0) continue;
            var cycle = path[begin..];
            var first = cycle.IndexOf(cycle.MinBy(r => (r.Input.Location.Line, r.Input.Location.Column)));
            cycle = [.. cycle[first..], .. cycle[..first]];
            context.Broken.UnionWith(cycle.Select(r => r.Name));
            context.Faults.Add(cycle[0].Input.Location, $"transformations read each other in a cycle: {string.Join(" → ", cycle.Append(cycle[0]).Select(r => r.Name))}; let one of them read a source");
        }
    }

    /// <summary>What reads something broken is broken. Transformations may stand in any order, so this goes on until nothing changes.</summary>
    private void Spread()
    {
        bool changed;
        do
        {
            changed = false;
            foreach (var (_, name, input) in context.Readings.Where(r => r.Kind != "sink"))
                changed |= context.Broken.Contains(input.Value) && context.Broken.Add(name);
        }
        while (changed);
    }

    private void Test(TestDefinition test)
    {
        if (test.Source is { } source && pipeline.Sources.All(s => s.Name != source) && !context.Broken.Contains(source))
            context.Faults.Add(test.SourceLocation, $"unknown source {DefinitionText.Quote(source)}{DefinitionText.Suggest(source, pipeline.Sources.Select(s => s.Name))}");
        if (View(test.View.Value, test.View.Location) is not { } view) return;
        foreach (var (feature, _) in test.Expect) FeatureOf(view, feature.Value, feature.Location);
        var given = test.Key.Select(k => k.Key).ToList();
        var wanted = view.Entity.Select(e => e.Name).ToList();
        if (given.Count > 0 && wanted.Count > 0 && !given.ToHashSet().SetEquals(wanted))
            context.Faults.Add(test.KeyLocation, $"the key of view '{view.Name}' is {string.Join(", ", wanted)}, not {string.Join(", ", given)}");
    }

    /// <summary>The view of that name; null after a fault, or in silence when it is broken.</summary>
    private ViewDefinition? View(string name, SourceLocation place)
    {
        var view = pipeline.Views.FirstOrDefault(v => v.Name == name);
        if (view is null && !(_inputs.TryGetValue(name, out var found) && found.Kind == "view"))
            context.Faults.Add(place, $"unknown view {DefinitionText.Quote(name)}{DefinitionText.Suggest(name, _inputs.Values.Where(d => d.Kind == "view").Select(d => d.Name))}");
        return view;
    }

    private void FeatureOf(ViewDefinition view, string name, SourceLocation place)
    {
        if (context.Misnamed.Contains(view.Name) || view.FeatureNames.Contains(name, StringComparer.Ordinal)) return;
        context.Faults.Add(place, $"the view '{view.Name}' has no feature {DefinitionText.Quote(name)}{DefinitionText.Suggest(name, view.FeatureNames)}");
    }
}
