namespace StreamForge.Cli.Bench;

/// <summary>One measurement of the whole path, as <c>streamforge bench NAME</c> runs it.</summary>
internal interface IBenchScenario
{
    /// <summary>Such as <c>ingest</c>.</summary>
    string Name { get; }

    /// <summary>One sentence for the list of scenarios.</summary>
    string Summary { get; }

    /// <summary>Whether it can measure a server that runs.</summary>
    bool TakesUrl => false;

    /// <summary>Runs the scenario and returns what it measured; progress goes to <see cref="BenchContext.Progress"/>.</summary>
    Task<BenchReport> RunAsync(BenchContext context, CancellationToken cancellation);
}

/// <param name="WorkDirectory">An empty folder for what the scenario writes; removed afterwards.</param>
/// <param name="Scale">1 for the full size, less for a quick look.</param>
/// <param name="Progress">Takes one line at a time, for people.</param>
/// <param name="Url">A running server to measure; null for one of the scenario's own.</param>
internal sealed record BenchContext(string WorkDirectory, double Scale, Action<string> Progress, string? Url = null)
{
    /// <summary>Where inputs are kept from one run to the next (<see cref="BenchInputs"/>); null for the work directory.</summary>
    public string? InputDirectory { get; init; }
}

/// <summary>What a scenario measured: numbers in order, each with its unit, and ratios of two of them in the same run.</summary>
/// <param name="Measures">Such as ("events_per_second", 812000, "events/s").</param>
internal sealed record BenchReport(IReadOnlyList<BenchMeasure> Measures)
{
    /// <summary>What one must know to read the numbers right; a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Which measures are drawn beside each other; without any, those that have goals are, as shares of these.</summary>
    public IReadOnlyList<BenchPlot> Plots { get; init; } = [];
}

/// <summary>Measures of one unit whose sizes can be compared.</summary>
/// <param name="Title">What the bars show.</param>
/// <param name="Measures">Their names, from above.</param>
internal sealed record BenchPlot(string Title, IReadOnlyList<string> Measures);

/// <param name="Goal">What the project wants to reach, or null where there is none.</param>
/// <param name="GoalIsLimit">The value is to stay below the goal instead of reaching it.</param>
internal sealed record BenchMeasure(string Name, double Value, string Unit, double? Goal = null, bool GoalIsLimit = false)
{
    /// <summary>Whether the goal is reached; null without one.</summary>
    public bool? Reached => Goal is { } goal ? GoalIsLimit ? Value <= goal : Value >= goal : null;
}
