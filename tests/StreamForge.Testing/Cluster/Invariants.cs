using System.Text.Json;
using StreamForge.Cluster.Features;
using StreamForge.Cluster.Partitions;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Testing.Cluster.Workload;

namespace StreamForge.Testing.Cluster;

/// <summary>What must hold at every moment of a run, looked at within the transactions that could break it, and what rest is.</summary>
public sealed class Invariants
{
    private readonly ClusterSimulation _simulation;
    private readonly long[] _durable;
    private readonly Dictionary<string, string> _sinkRecords = new(StringComparer.Ordinal);

    private readonly List<BoundsEntry>[] _bounds;
    private readonly WorkloadReach _reach;
    private readonly long _expectedWatermark;

    internal Invariants(ClusterSimulation simulation)
    {
        _reach = new WorkloadReach(simulation.Workload);
        _expectedWatermark = simulation.Workload.Topics.Min(t => _reach.Watermark(t.Partition));
        _simulation = simulation;
        _durable = [.. simulation.Workload.Topics.Select(t => t.Start)];
        _bounds = [.. simulation.Workload.Topics.Select(_ => new List<BoundsEntry>())];
        simulation.Storage.Content.RecordWritten = Check;
        foreach (var table in simulation.Tables) table.IsRecorded = pending => _sinkRecords.GetValueOrDefault($"sink/{table.Name}", "").Contains(pending, StringComparison.Ordinal);
    }

    private SimulatedWorkload Workload => _simulation.Workload;

    /// <summary>The durable position of a partition.</summary>
    public long Durable(int partition) => _durable[partition];

    /// <summary>By which bounds of time an event is judged, as the partition's record has said: what it says of an offset holds for all that comes behind it.</summary>
    public BoundsEntry BoundsOf(int partition, long offset) => _bounds[partition].FindLast(b => b.From <= offset);

    /// <summary>The pipeline's watermark as it is stored.</summary>
    public long Watermark { get; private set; } = EventTime.MinValue;

    private void Check(RecordWrite write)
    {
        if (write.Name.StartsWith("sink/", StringComparison.Ordinal)) _sinkRecords[write.Name] = _sinkRecords.GetValueOrDefault(write.Name, "") + System.Text.Encoding.UTF8.GetString(write.Content);
        using var json = JsonDocument.Parse(write.Content);
        var content = json.RootElement.GetProperty("content");
        if (write.Name == PipelineRecord.Name)
        {
            var watermark = content.GetProperty("watermark").GetInt64();
            if (watermark < Watermark) _simulation.World.Fail($"the pipeline's watermark goes back from {Watermark} to {watermark}");
            Watermark = watermark;
        }
        if (write.Name.StartsWith("partition/", StringComparison.Ordinal)) CheckPartition(int.Parse(write.Name.Split('/')[2], System.Globalization.CultureInfo.InvariantCulture), content);
    }

    private void CheckPartition(int partition, JsonElement content)
    {
        var durable = content.GetProperty("durable").GetInt64();
        if (durable < _durable[partition]) _simulation.World.Fail($"partition {partition}: its durable position goes back from {_durable[partition]} to {durable}");
        var journal = content.GetProperty("journal").EnumerateArray().Select(e => new BoundsEntry(e.GetProperty("from").GetInt64(), e.GetProperty("at_least").GetInt64(), e.GetProperty("at_most").GetInt64())).ToArray();
        _bounds[partition].RemoveAll(b => b.From >= journal[0].From);
        _bounds[partition].AddRange(journal);
        var before = _durable[partition];
        _durable[partition] = durable;
        foreach (var (offset, id) in _reach.Touched(partition, before, durable))
        {
            var held = _simulation.Storage.Content.Keys.TryGetValue(id, out var stored) ? KeyContent.Read(stored.Key.Content).Positions[partition] : 0;
            if (held <= offset) _simulation.World.Fail($"partition {partition} is durable up to {durable}, and its event at {offset} is not in storage: the key {Convert.ToHexString(id.Key)} of {Workload.Plan.Views[id.View].Name} holds {held}");
        }
    }

    /// <summary>What is not at rest; null when everything has been read and is durable, and nothing waits anywhere.</summary>
    public string? Unrest()
    {
        foreach (var topic in Workload.Topics)
        {
            if (_durable[topic.Partition] < topic.End) return $"partition {topic.Partition} is durable up to {_durable[topic.Partition]} of {topic.End}";
        }
        if (Workload.Order != WorkloadOrder.LateInSeveral && Watermark != _expectedWatermark) return $"the watermark is {EventTime.FormatOrNull(Watermark)}, and will be {EventTime.FormatOrNull(_expectedWatermark)}";
        foreach (var (id, key) in _simulation.Storage.Content.Keys)
        {
            if (key.Due <= Watermark) return $"the key {Convert.ToHexString(id.Key)} of {Workload.Plan.Views[id.View].Name} has windows due since {EventTime.Format(key.Due.Value)}, and time is {EventTime.Format(Watermark)}";
        }
        return _simulation.Storage.Content.Outbox.Count > 0 ? $"{_simulation.Storage.Content.Outbox.Count} entries wait in the outbox" : null;
    }
}
