namespace StreamForge.Testing.Oracle;

/// <summary>What random events look like. Times in microseconds, shares from 0 to 1.</summary>
/// <param name="Start">Event time of the first events; negative is before 1970.</param>
/// <param name="Step">The usual distance between neighbouring event times.</param>
/// <param name="Disorder">How far an event may lie behind the newest of its partition.</param>
/// <param name="Stragglers">The share of events that lie a hundred times further behind.</param>
/// <param name="Ties">The share of events with the same time as the one before.</param>
/// <param name="Nulls">The share of values that are null, and a tenth of it the share of keys.</param>
/// <param name="Duplicates">The share of events that repeat an earlier one whole.</param>
/// <param name="Extremes">The share of values at the ends of their types: sums may overflow and doubles cancel out.</param>
public sealed record EventShape(
    int Events = 100,
    int Keys = 4,
    int Partitions = 1,
    long Start = 1_300_000_000_000_000,
    long Step = 20_000_000,
    long Disorder = 60_000_000,
    double Stragglers = 0.02,
    double Ties = 0.1,
    double Nulls = 0.1,
    double Duplicates = 0.05,
    double Extremes = 0)
{
    /// <summary>A shape drawn at random: few or many keys, calm or stormy, around 2011, 1970, the year 1 or the year 9999.</summary>
    public static EventShape Random(Random random)
    {
        long[] starts = [1_300_000_000_000_000, 0, -5_000_000_000, -62_135_596_000_000_000, 253_402_000_000_000_000];
        long[] steps = [1, 50_000, 1_000_000, 20_000_000, 600_000_000, 7_200_000_000];
        var step = Pick(steps);
        return new(
            Events: random.Next(random.Next(5) == 0 ? 120 : 25),
            Keys: Pick([1, 2, 5, 40]),
            Partitions: Pick([1, 1, 1, 2, 3]),
            Start: Pick(starts),
            Step: step,
            Disorder: step * Pick([0, 1, 5, 50]),
            Stragglers: Pick([0, 0.02, 0.2]),
            Ties: Pick([0, 0.1, 0.6]),
            Nulls: Pick([0, 0.1, 0.7]),
            Duplicates: Pick([0, 0.1]),
            Extremes: Pick([0, 0, 0.1]));

        T Pick<T>(T[] choices) => choices[random.Next(choices.Length)];
    }
}
