using System.Globalization;
using StreamForge.Core;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Testing.Cluster.Sinks;

/// <summary>A committed row.</summary>
/// <param name="Identity">Partition and position: no other event's row has the same.</param>
/// <param name="Json">Its columns.</param>
public sealed record SimulatedRow(string Identity, string Json);

/// <summary>What a sink's writers share: commits that were prepared, and rows that can be seen.</summary>
public sealed class SimulatedTable(SimulatedWorld world, FaultSource faults, string name, Schema schema)
{
    private readonly Dictionary<string, IReadOnlyList<SimulatedRow>> _prepared = new(StringComparer.Ordinal);
    private readonly HashSet<string> _committed = new(StringComparer.Ordinal);
    private readonly List<SimulatedRow> _rows = [];
    private long _commits;

    public string Name => name;

    /// <summary>Rows that can be seen, in the order in which they were committed.</summary>
    public IReadOnlyList<SimulatedRow> Rows => _rows;

    /// <summary>Whether the sink's record has ever named a pending commit: only then may it be made visible.</summary>
    public Func<string, bool> IsRecorded { get; set; } = _ => true;

    /// <summary>What is prepared is visible at once, which breaks the rule that the record is the commit point.</summary>
    public bool CommitsEarly { get; init; }

    /// <summary>A writer, which knows nothing of others.</summary>
    public ISink Open() => new SimulatedSink(world, faults, this, schema);

    internal string Prepare(IReadOnlyList<SimulatedRow> rows)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"{name}-commit-{++_commits};");
        _prepared.Add(id, rows);
        if (CommitsEarly) Commit(id);
        world.Tell($"{id} prepared with {rows.Count} rows");
        return id;
    }

    internal void Commit(string pending)
    {
        if (_committed.Contains(pending)) return;
        if (!CommitsEarly && !IsRecorded(pending)) world.Fail($"{pending} becomes visible, and no record of the sink has ever named it");
        if (!_prepared.Remove(pending, out var rows))
        {
            world.Fail($"{pending} is to be committed, and it was discarded or never prepared");
            return;
        }
        _committed.Add(pending);
        _rows.AddRange(rows);
        world.Tell($"{pending} committed");
    }

    internal void Discard(string? except)
    {
        foreach (var id in _prepared.Keys.Where(id => id != except).ToArray())
        {
            world.Tell($"{id} discarded");
            _prepared.Remove(id);
        }
    }
}
