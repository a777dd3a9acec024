using StreamForge.Cli.Running;
using StreamForge.Core;
using StreamForge.ObjectStores.Local;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Cli.Demo;

/// <summary>What the demo says: what to open, what to type in a second terminal, and where the tables lie.</summary>
internal sealed class DemoVoice(Shell shell, RunOptions options) : IRunVoice
{
    /// <summary>The busiest visitor, the first that has features.</summary>
    private const string FirstUser = "u-1";

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    private string DataOption => options.IsDefaultData ? "" : $" --data-dir {Hints.Quoted(options.Data.Path)}";

    public async Task BeginAsync(Uri? address, IReadOnlyList<RunningPipeline> pipelines, CancellationToken end)
    {
        var plan = pipelines[0].Engine.Plan;
        if (address is null)
        {
            shell.Errors.Line($"{plan.Definition.Sources[0].Name} → {plan.Views.Length} views of features, {Tables(plan)} tables, in {options.Data.Path}");
            return;
        }
        try
        {
            await WaitForUserAsync(pipelines[0], end);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return;
        }
        var curl = $"curl '{address}v1/views/{plan.Views[0].Name}?user_id={FirstUser}'";
        string[] lines =
        [
            "", $"  open       {address}", $"  look up    {curl}", .. ReadTables(pipelines[0]), $"  stop       Ctrl-C; the same command goes on where it stopped, deleting {options.Data.Path} starts afresh", "",
        ];
        shell.Errors.Line(string.Join('\n', lines));
    }

    public void End(RunSummary summary, IReadOnlyList<RunningPipeline> pipelines)
    {
        shell.Errors.Line(summary.ToString());
        if (Hints.FeaturesGet(options.Data.Path, options.IsDefaultData, pipelines) is { } hint) shell.Errors.Line($"  look up    {hint}");
        foreach (var line in ReadTables(pipelines[0])) shell.Errors.Line(line);
        summary.Write(shell, json: true);
    }

    private async Task WaitForUserAsync(RunningPipeline pipeline, CancellationToken end)
    {
        var view = pipeline.Engine.Plan.Views[0].Description;
        var key = KeyCodec.FromText(view.Entity, new Dictionary<string, string>(StringComparer.Ordinal) { ["user_id"] = FirstUser });
        var row = new FeatureRow();
        using var timer = new PeriodicTimer(LookInterval, shell.Clock);
        do pipeline.Engine.Features.Read(view, key, null, row);
        while (!row.Found && await timer.WaitForNextTickAsync(end));
    }

    /// <summary>How the first table is read, by this program and by another.</summary>
    private IEnumerable<string> ReadTables(RunningPipeline pipeline)
    {
        if (pipeline.Status().Sinks.Select(s => s.Table).FirstOrDefault(t => t is not null) is not { } table) yield break;
        yield return $"  tables     ./streamforge tables list{DataOption}";
        yield return $"             ./streamforge tables scan {table.Table} --where \"event_type = 'purchase'\" --limit 5{DataOption}";
        yield return $"  DuckDB     SELECT event_type, count(*) FROM iceberg_scan('{LocalPath.FromLocation(table.Location).Replace("'", "''", StringComparison.Ordinal)}') GROUP BY ALL";
    }

    private static int Tables(PipelinePlan plan) => plan.Sinks.Count(s => s.Definition.Options is IcebergSinkOptions);
}
