using StreamForge.Core;
using StreamForge.Embedded.Reads;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Cli.Features;

/// <summary>Finds views and services by name.</summary>
internal static class Views
{
    /// <summary>A view of a data directory, and its pipeline; where several pipelines have a view of that name, the one whose checkpoint is newest.</summary>
    /// <exception cref="StreamForgeException">NotFound, with the nearest name.</exception>
    public static (PipelinePlan Plan, ViewDescription View) Find(StateAtRest state, string name)
    {
        var all = state.Plans().SelectMany(plan => plan.Views, (plan, view) => (Plan: plan, View: view.Description)).ToArray();
        var found = all.Where(v => v.View.Name == name).ToArray();
        return found.Length switch
        {
            0 => throw Unknown("view", name, all.Select(v => v.View.Name)),
            1 => found[0],
            _ => found.MaxBy(v => state.Checkpoint(v.Plan.Name)?.Created ?? DateTimeOffset.MinValue),
        };
    }

    public static StreamForgeException Unknown(string kind, string name, IEnumerable<string> known) =>
        new(ErrorKind.NotFound, $"there is no {kind} '{name}'{DefinitionText.Suggest(name, known)}");

    /// <summary>The view with only the features that a service reads from it, in the service's order, and where each stands in the whole view.</summary>
    /// <exception cref="StreamForgeException">NotFound when there is no such service; InvalidArgument when it reads nothing from the view.</exception>
    public static (ViewDescription View, int[] Places) Restrict(ViewDescription view, string service, IEnumerable<ServiceDescription> services)
    {
        var found = services.FirstOrDefault(s => s.Name == service) ?? throw Unknown("service", service, services.Select(s => s.Name));
        var prefix = view.Name + ":";
        int[] places = [.. found.Features.Where(f => f.StartsWith(prefix, StringComparison.Ordinal)).Select(f => view.IndexOf(f[prefix.Length..])).Distinct()];
        if (places.Length == 0)
        {
            var read = string.Join(", ", found.Features.Select(f => f[..f.IndexOf(':', StringComparison.Ordinal)]).Distinct());
            throw new StreamForgeException(ErrorKind.InvalidArgument, $"the service {service} reads nothing from the view {view.Name}; it reads {read}");
        }
        return (view with { Features = [.. places.Select(p => view.Features[p])] }, places);
    }
}
