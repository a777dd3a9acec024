namespace StreamForge.Testing.Cluster.World;

/// <summary>What goes wrong in a world, and how often. Likelihoods are from 0 to 1, times in microseconds.</summary>
public sealed record FaultPlan
{
    /// <summary>A world in which nothing goes wrong, though everything takes its time.</summary>
    public static FaultPlan None { get; } = new();

    /// <summary>A request never arrives.</summary>
    public double RequestLost { get; init; }

    /// <summary>A request has its effect, and its answer never arrives.</summary>
    public double AnswerLost { get; init; }

    /// <summary>A request arrives twice, some time apart.</summary>
    public double Duplicate { get; init; }

    /// <summary>A message takes long, up to longer than its caller waits.</summary>
    public double SlowMessage { get; init; }

    /// <summary>A caller finds no activation where there is one, and makes another.</summary>
    public double Doubled { get; init; }

    /// <summary>Storage fails before anything has happened.</summary>
    public double StorageFailsBefore { get; init; }

    /// <summary>Storage fails after everything has happened.</summary>
    public double StorageFailsAfter { get; init; }

    /// <summary>Storage fails, and what it was asked for happens later all the same.</summary>
    public double StorageLandsLate { get; init; }

    /// <summary>Storage takes seconds.</summary>
    public double SlowStorage { get; init; }

    /// <summary>The sink's target fails before or after its work.</summary>
    public double SinkFails { get; init; }

    /// <summary>A poll is delivered again, or records are passed over.</summary>
    public double StreamErrs { get; init; }

    /// <summary>Seconds between two blows (a silo dies, one is added, an activation goes, storage is away for a while); 0 for none.</summary>
    public double SecondsBetweenBlows { get; init; }

    /// <summary>A plan drawn by chance: of everything nothing, little or much.</summary>
    public static FaultPlan Random(Random random)
    {
        return new FaultPlan
        {
            RequestLost = Some(0.05),
            AnswerLost = Some(0.05),
            Duplicate = Some(0.1),
            SlowMessage = Some(0.05),
            Doubled = Some(0.02),
            StorageFailsBefore = Some(0.1),
            StorageFailsAfter = Some(0.1),
            StorageLandsLate = Some(0.05),
            SlowStorage = Some(0.1),
            SinkFails = Some(0.15),
            StreamErrs = Some(0.15),
            SecondsBetweenBlows = random.Next(4) == 0 ? 0 : 1 + random.NextDouble() * 12,
        };

        double Some(double much) => random.Next(3) switch { 0 => 0, 1 => much / 5, _ => much };
    }
}

/// <summary>What went wrong, counted.</summary>
public sealed class FaultCounts
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, long> All => _counts;

    public void Add(string fault, long count = 1) => _counts[fault] = _counts.GetValueOrDefault(fault) + count;

    public void Add(FaultCounts others)
    {
        foreach (var (fault, count) in others._counts) Add(fault, count);
    }

    public override string ToString() => string.Join(", ", _counts.Select(c => $"{c.Key} {c.Value}"));
}

/// <summary>Decides what goes wrong, until it is told to stop.</summary>
public sealed class FaultSource(SimulatedWorld world, FaultPlan plan)
{
    public FaultPlan Plan { get; private set; } = plan;

    public FaultCounts Counts { get; } = new();

    /// <summary>From here on nothing goes wrong any more.</summary>
    public void Stop() => Plan = FaultPlan.None;

    /// <summary>Whether a fault of that likelihood happens now; counted.</summary>
    public bool Strikes(double likelihood, string fault)
    {
        if (!world.Chance(likelihood)) return false;
        Counts.Add(fault);
        return true;
    }
}
