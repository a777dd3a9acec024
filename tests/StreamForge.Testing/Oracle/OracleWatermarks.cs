namespace StreamForge.Testing.Oracle;

/// <summary>The pipeline's watermark at every point of the arrivals.</summary>
internal sealed class OracleWatermarks
{
    private readonly List<long?> _before = [];

    public OracleWatermarks(OracleCase scenario)
    {
        var newest = new long?[scenario.View.Partitions];
        var states = new OraclePartitionState[scenario.View.Partitions];
        long? current = null;
        for (var i = 0; i <= scenario.Events.Length; i++)
        {
            foreach (var signal in scenario.Signals.Where(s => s.Before == i))
            {
                states[signal.Partition] = signal.State;
                Advance();
            }
            _before.Add(current);
            if (i == scenario.Events.Length) break;
            var e = scenario.Events[i];
            newest[e.Partition] = Math.Max(newest[e.Partition] ?? e.Time, e.Time);
            states[e.Partition] = OraclePartitionState.Active;
            Advance();
        }

        void Advance()
        {
            var now = Combine(newest, states) - scenario.View.OutOfOrderness;
            if (now is not null && (current is null || now > current)) current = now;
        }
    }

    /// <summary>The watermark before the event at an index; at the number of events, after all of them. null while there is none.</summary>
    public long? Before(int index) => _before[index];

    /// <summary>The least newest event of the active partitions; with none active, nothing new while one is idle, else the largest of all.</summary>
    private static long? Combine(long?[] newest, OraclePartitionState[] states)
    {
        var active = newest.Where((_, p) => states[p] == OraclePartitionState.Active).ToList();
        if (active.Count > 0) return active.Contains(null) ? null : active.Min();
        return Array.TrueForAll(states, s => s == OraclePartitionState.Finished) ? newest.Max() : null;
    }
}
