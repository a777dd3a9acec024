using System.Collections.Immutable;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Slices;

namespace StreamForge.Embedded.Readers;

/// <summary>What a pipeline has counted since it was first started, in all and for each source, transformation and view; any thread.</summary>
internal sealed class EngineCounters
{
    private readonly Node[] _nodes;

    /// <summary>Each view's own numbers, and those of its source.</summary>
    private readonly (Node Own, Node Source)[] _views;
    private readonly Dictionary<string, (Node[] Nodes, Node[] Views)> _bySource;
    private long _events;
    private long _rows;
    private long _nullKeys;
    private long _unexpected;
    private long _passedOver;
    private long _bytes;
    private long _duplicates;
    private long _truncates;

    /// <summary>Numbers of one stage; the names are those under which a checkpoint keeps them.</summary>
    private sealed class Node(NodeKind kind, string name)
    {
        public long Rows;
        public long DeadLetters;
        public long Late;
        public long Expired;
        public long Orphans;

        public NodeStatus Status => new(name, kind, Interlocked.Read(ref Rows), Interlocked.Read(ref DeadLetters), Interlocked.Read(ref Late));

        private string Key => $"{kind}/{name}/";

        public void Add(NodeCount count)
        {
            Interlocked.Add(ref Rows, count.Rows);
            if (count.DeadLetters > 0) Interlocked.Add(ref DeadLetters, count.DeadLetters);
            if (count.Late > 0) Interlocked.Add(ref Late, count.Late);
            if (count.Expired > 0) Interlocked.Add(ref Expired, count.Expired);
        }

        public void Save(Dictionary<string, long> counters)
        {
            counters[Key + "rows"] = Interlocked.Read(ref Rows);
            counters[Key + "dead_letters"] = Interlocked.Read(ref DeadLetters);
            counters[Key + "late"] = Interlocked.Read(ref Late);
            if (Interlocked.Read(ref Expired) is > 0 and var expired) counters[Key + "expired"] = expired;
            if (Interlocked.Read(ref Orphans) is > 0 and var orphans) counters[Key + "orphans"] = orphans;
        }

        public void Restore(IReadOnlyDictionary<string, long> counters)
        {
            Rows = counters.GetValueOrDefault(Key + "rows");
            DeadLetters = counters.GetValueOrDefault(Key + "dead_letters");
            Late = counters.GetValueOrDefault(Key + "late");
            Expired = counters.GetValueOrDefault(Key + "expired");
            Orphans = counters.GetValueOrDefault(Key + "orphans");
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
        _views = [.. plan.Views.Select((v, i) => (views[i], _bySource[v.Source].Nodes[0]))];
        _nodes = [.. plan.Sources.Select(s => _bySource[s.Name].Nodes).SelectMany(n => n), .. views];
    }

    public long Events => Interlocked.Read(ref _events);

    public long Rows => Interlocked.Read(ref _rows);

    public long NullKeys => Interlocked.Read(ref _nullKeys);

    public long Unexpected => Interlocked.Read(ref _unexpected);

    public long PassedOver => Interlocked.Read(ref _passedOver);

    /// <summary>Events of changelogs that had come before.</summary>
    public long Duplicates => Interlocked.Read(ref _duplicates);

    public long Truncates => Interlocked.Read(ref _truncates);

    /// <summary>Changes that a view has counted wrongly, if at all, since something of them was missing: those of its source, and those that it found itself.</summary>
    public long Orphans(int view) => Interlocked.Read(ref _views[view].Own.Orphans) + Interlocked.Read(ref _views[view].Source.Orphans);

    /// <summary>Updates and deletes that met nothing but what the view had dropped.</summary>
    public long Expired(int view) => Interlocked.Read(ref _views[view].Own.Expired);

    /// <summary>A view has found retractions without their addition; any thread.</summary>
    public void AddOrphans(int view, int count) => Interlocked.Add(ref _views[view].Own.Orphans, count);

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
        if (result.Duplicates > 0) Interlocked.Add(ref _duplicates, result.Duplicates);
        if (result.Truncates > 0) Interlocked.Add(ref _truncates, result.Truncates);
        var (nodes, views) = _bySource[source];
        if (result.Orphans > 0) Interlocked.Add(ref nodes[0].Orphans, result.Orphans);
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
            ["duplicates"] = Duplicates,
            ["truncates"] = Truncates,
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
        _duplicates = counters.GetValueOrDefault("duplicates");
        _truncates = counters.GetValueOrDefault("truncates");
        foreach (var node in _nodes) node.Restore(counters);
    }
}
