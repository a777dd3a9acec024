using StreamForge.Core;

namespace StreamForge.Cli.Running;

/// <summary>The positions behind the features of this process's pipelines; what is not open yet says nothing. Safe from any thread.</summary>
internal sealed class PipelineOrigins : IOriginReader
{
    private volatile RunningPipeline[] _pipelines = [];

    public void Show(IReadOnlyList<RunningPipeline> pipelines) => _pipelines = [.. pipelines];

    public ViewOrigin? Read(ViewDescription view)
    {
        var engine = _pipelines.FirstOrDefault(p => p.Name == view.Pipeline)?.Engine;
        return engine?.Plan.Views.FirstOrDefault(v => v.Name == view.Name) is { } plan ? engine.Origin(plan.Source) : null;
    }
}
