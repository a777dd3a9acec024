namespace StreamForge.Testing.Oracle;

/// <summary>The pipeline's watermark at every point of the arrivals.</summary>
internal sealed class OracleWatermarks
{
    private readonly List<long?> _before = [];

    public OracleWatermarks(OracleCase scenario, IReadOnlyList<OracleSteps> events)
    {
        var newest = new long?[scenario.View.Partitions];
        var own = new long?[scenario.View.Partitions];
        var states = new OraclePartitionState[scenario.View.Partitions];
        var judged = new long?[scenario.View.Partitions];
        long? current = null;
        for (var i = 0; i <= events.Count; i++)
        {
            foreach (var signal in scenario.Signals.Where(s => s.Before == i))
            {
                states[signal.Partition] = signal.State;
                Advance();
            }
            if (i < events.Count)
            {
                // An event wakes its partition before it is judged. The first one that is streamed ends the snapshot, and with it the holding back.
                states[events[i].Partition] = OraclePartitionState.Active;
                if (!events[i].InSnapshot) own[events[i].Partition] = newest[events[i].Partition];
                Advance();
            }
            _before.Add(scenario.Bounds.IsEmpty ? current : i < events.Count ? Judge(i) : scenario.Reached);
            if (i == events.Count) break;
            var e = events[i];
            foreach (var time in e.Steps.Where(s => !s.Retracts).Select(s => s.Image.Time))
            {
                if (!(time <= newest[e.Partition])) newest[e.Partition] = time ?? newest[e.Partition];
            }
            if (!e.InSnapshot || e.EndsSnapshot) own[e.Partition] = newest[e.Partition];
            Advance();
            if (!scenario.Bounds.IsEmpty) Judge(i);
        }

        // By bounds a partition's time is its own, and what has been reached is not given up.
        long? Judge(int i)
        {
            var partition = events[i].Partition;
            var now = scenario.Bounds[i].Judge(own[partition] - scenario.View.OutOfOrderness);
            return judged[partition] = judged[partition] is { } before && !(now > before) ? before : now;
        }

        void Advance()
        {
            var now = Combine(own, states) - scenario.View.OutOfOrderness;
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
