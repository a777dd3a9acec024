namespace StreamForge.Cli.Bench;

/// <summary>The middle of measured values, which one slow turn does not move.</summary>
internal static class Medians
{
    /// <param name="values">At least one.</param>
    public static double Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
