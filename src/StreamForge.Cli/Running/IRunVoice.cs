namespace StreamForge.Cli.Running;

/// <summary>What a run tells people at its turning points, on standard error.</summary>
internal interface IRunVoice
{
    /// <summary>Everything is open and will now be read.</summary>
    /// <param name="address">Where the server listens; null when there is none.</param>
    /// <param name="pipelines">Their states are restored.</param>
    /// <param name="end">Cancelled when the run has ended; what waits for something to say gives up then.</param>
    Task BeginAsync(Uri? address, IReadOnlyList<RunningPipeline> pipelines, CancellationToken end);

    /// <summary>Every source has ended and everything is committed; also writes the summary to standard output.</summary>
    void End(RunSummary summary, IReadOnlyList<RunningPipeline> pipelines);
}

/// <summary>What <c>run</c> says: where to look, what to try.</summary>
internal sealed class PlainVoice(Shell shell, RunOptions options) : IRunVoice
{
    public Task BeginAsync(Uri? address, IReadOnlyList<RunningPipeline> pipelines, CancellationToken end)
    {
        if (address is null) return Task.CompletedTask;
        shell.Errors.Line($"listening on {address}");
        if (Hints.Curl(address, [.. pipelines.Select(p => p.Engine.Plan)]) is { } curl) shell.Errors.Line($"try: {curl}");
        return Task.CompletedTask;
    }

    public void End(RunSummary summary, IReadOnlyList<RunningPipeline> pipelines)
    {
        summary.Write(shell, options.Json);
        if (!options.Json && Hints.FeaturesGet(options.Data.Path, options.IsDefaultData, pipelines) is { } hint) shell.Errors.Line($"try: {hint}");
    }
}
