using StreamForge.Embedded;

namespace StreamForge.Cli.Running;

/// <summary>A pipeline in this process. Its engine counts from its first start ever; the numbers here count from this start.</summary>
internal sealed class RunningPipeline(PipelineEngine engine)
{
    private readonly EngineStatus _before = engine.Status();

    public PipelineEngine Engine => engine;

    public string Name => engine.Plan.Name;

    /// <summary>What this run has done; any thread.</summary>
    public EngineStatus Status()
    {
        var now = engine.Status();
        return now with
        {
            Events = now.Events - _before.Events,
            Rows = now.Rows - _before.Rows,
            DeadLetters = now.DeadLetters - _before.DeadLetters,
            Late = now.Late - _before.Late,
            NullKeys = now.NullKeys - _before.NullKeys,
            Unexpected = now.Unexpected - _before.Unexpected,
            Bytes = now.Bytes - _before.Bytes,
            PassedOver = now.PassedOver - _before.PassedOver,
            Duplicates = now.Duplicates - _before.Duplicates,
            Truncates = now.Truncates - _before.Truncates,
            Views = [.. now.Views.Select((v, i) => v with { Expired = v.Expired - _before.Views[i].Expired })],
            Nodes = [.. now.Nodes.Select((n, i) => Subtract(n, _before.Nodes[i]))],
        };
    }

    private static NodeStatus Subtract(NodeStatus now, NodeStatus before) =>
        now with { Rows = now.Rows - before.Rows, DeadLetters = now.DeadLetters - before.DeadLetters, Late = now.Late - before.Late };

    /// <summary>Share of the input that was read before this run.</summary>
    public double ProgressBefore => _before.Progress ?? 0;
}
