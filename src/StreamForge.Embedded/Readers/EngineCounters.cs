using System.Collections.Immutable;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Slices;

namespace StreamForge.Embedded.Readers;

/// <summary>What a pipeline has counted since it was first started, in all and for each source, transformation and view; any thread.</summary>
internal sealed class EngineCounters
{
    private readonly Node[] _nodes;
    private readonly Dictionary<string, (Node[] Nodes, Node[] Views)> _bySource;
    private long _events;
    private long _rows;
    private long _nullKeys;
    private long _unexpected;
    private long _passedOver;
    private long _bytes;

    /// <summary>Numbers of one stage; the names are those under which a checkpoint keeps them.</summary>
    private sealed class Node(NodeKind kind, string name)
    {
        public long Rows;
        public long DeadLetters;
        public long Late;

        public NodeStatus Status => new(name, kind, Interlocked.Read(ref Rows), Interlocked.Read(ref DeadLetters), Interlocked.Read(ref Late));

        private string Key => $"{kind}/{name}/";

        public void Add(NodeCount count)
        {
            Interlocked.Add(ref Rows, count.Rows);
            if (count.DeadLetters > 0) Interlocked.Add(ref DeadLetters, count.DeadLetters);
            if (count.Late > 0) Interlocked.Add(ref Late, count.Late);
        }

        public void Save(Dictionary<string, long> counters)
        {
            counters[Key + "rows"] = Interlocked.Read(ref Rows);
            counters[Key + "dead_letters"] = Interlocked.Read(ref DeadLetters);
            counters[Key + "late"] = Interlocked.Read(ref Late);
        }

        public void Restore(IReadOnlyDictionary<string, long> counters)
        {
            Rows = counters.GetValueOrDefault(Key + "rows");
            DeadLetters = counters.GetValueOrDefault(Key + "dead_letters");
            Late = counters.GetValueOrDefault(Key + "late");
        }
    }

    public EngineCounters(PipelinePlan plan)
    {
        var views = plan.Views.Select(v => new Node(NodeKind.View, v.Name)).ToArray();
        _bySource = plan.Sources.ToDictionary(
            s => s.Name,
            s => (
                (Node[])[new Node(NodeKind.Source, s.Name), .. s.Transformations.Select(t => new Node(NodeKind.Transformation, t.Name))],
                (Node[])[.. s.Views.Select(v => views[v])]),
            StringComparer.Ordinal);
        _nodes = [.. plan.Sources.Select(s => _bySource[s.Name].Nodes).SelectMany(n => n), .. views];
    }

    public long Events => Interlocked.Read(ref _events);

    public long Rows => Interlocked.Read(ref _rows);

    public long NullKeys => Interlocked.Read(ref _nullKeys);

    public long Unexpected => Interlocked.Read(ref _unexpected);

    public long PassedOver => Interlocked.Read(ref _passedOver);

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Sources with their transformations, then views.</summary>
    public ImmutableArray<NodeStatus> Nodes => [.. _nodes.Select(n => n.Status)];

    public void Add(string source, StageResult result, long bytes)
    {
        Interlocked.Add(ref _events, result.Events);
        Interlocked.Add(ref _rows, result.Rows);
        Interlocked.Add(ref _nullKeys, result.NullKeys);
        Interlocked.Add(ref _unexpected, result.Unexpected);
        Interlocked.Add(ref _passedOver, result.PassedOver);
        Interlocked.Add(ref _bytes, bytes);
        var (nodes, views) = _bySource[source];
        for (var i = 0; i < nodes.Length; i++) nodes[i].Add(result.Nodes[i]);
        for (var i = 0; i < views.Length; i++) views[i].Add(result.Views[i]);
    }

    public IReadOnlyDictionary<string, long> ToDictionary()
    {
        var counters = new Dictionary<string, long>(StringComparer.Ordinal)
        {
            ["events"] = Events,
            ["rows"] = Rows,
            ["null_keys"] = NullKeys,
            ["unexpected"] = Unexpected,
            ["passed_over"] = PassedOver,
            ["bytes"] = Bytes,
        };
        foreach (var node in _nodes) node.Save(counters);
        return counters;
    }

    public void Restore(IReadOnlyDictionary<string, long> counters)
    {
        _events = counters.GetValueOrDefault("events");
        _rows = counters.GetValueOrDefault("rows");
        _nullKeys = counters.GetValueOrDefault("null_keys");
        _unexpected = counters.GetValueOrDefault("unexpected");
        _passedOver = counters.GetValueOrDefault("passed_over");
        _bytes = counters.GetValueOrDefault("bytes");
        foreach (var node in _nodes) node.Restore(counters);
    }
}
