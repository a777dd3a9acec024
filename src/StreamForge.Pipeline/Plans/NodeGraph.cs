using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;
using StreamForge.Sql;
using StreamForge.Sql.Lookups;

namespace StreamForge.Pipeline.Plans;

/// <summary>Sources and transformations as trees: each transformation has one input, each tree one source.</summary>
internal sealed class NodeGraph
{
    private readonly Dictionary<string, NodeReference> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<TransformationPlan>> _transformations = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SourceDefinition> _sources;
    private readonly IReadOnlyDictionary<string, Schema> _schemas;
    private readonly IReadOnlyDictionary<LookupReference, LookupTable> _lookups;
    private readonly ImmutableArray<Fault>.Builder _faults;

    public NodeGraph(
        PipelineDefinition definition, IReadOnlyDictionary<string, Schema> schemas, IReadOnlyDictionary<LookupReference, LookupTable> lookups,
        ImmutableHashSet<string> broken, ImmutableArray<Fault>.Builder faults)
    {
        _sources = definition.Sources.ToDictionary(s => s.Name, StringComparer.Ordinal);
        _schemas = schemas;
        _lookups = lookups;
        _faults = faults;
        foreach (var source in definition.Sources)
        {
            _transformations[source.Name] = [];
            if (broken.Contains(source.Name) || !schemas.TryGetValue(source.Name, out var schema)) continue;
            _byName[source.Name] = new NodeReference(source.Name, 0);
            CheckEventTime(source, schema);
            ChangelogChecks.Key(source, schema, faults);
        }
        // Inputs before readers, whatever the order in the file; what is left over depends on something broken.
        var waiting = definition.Transformations.Where(t => !broken.Contains(t.Name)).ToList();
        while (waiting.RemoveAll(TryAdd) > 0)
        {
        }
    }

    /// <summary>The node of that name; null when it is broken.</summary>
    public NodeReference? Find(string name) => _byName.TryGetValue(name, out var node) ? node : null;

    /// <summary>All columns of a node, as written.</summary>
    public Schema Schema(NodeReference node) => node.Index == 0 ? _schemas[node.Source] : _transformations[node.Source][node.Index - 1].FullOutput;

    /// <summary>The columns of a node that are the record's and not the row's where that matters; see <see cref="ChangelogChecks.RecordColumns(SourceDefinition, Schema)"/>.</summary>
    public IReadOnlySet<string> RecordColumns(NodeReference node)
    {
        if (node.Index == 0) return ChangelogChecks.RecordColumns(_sources[node.Source], _schemas[node.Source]).ToHashSet(StringComparer.Ordinal);
        var plan = _transformations[node.Source][node.Index - 1];
        return ChangelogChecks.RecordColumns(plan, RecordColumns(node with { Index = plan.Input })).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>
    /// How columns of a node come about, from the node back to the source: each transformation computing only what they need, and what decides which rows there are.
    /// Nothing that they do not read is in it.
    /// </summary>
    /// <param name="columns">Null for all, of each transformation.</param>
    public IEnumerable<LineageStep> Lineage(NodeReference node, IEnumerable<string>? columns)
    {
        var needed = columns?.ToHashSet(StringComparer.Ordinal);
        for (var index = node.Index; index > 0;)
        {
            var plan = _transformations[node.Source][index - 1];
            var musts = plan.Expectations.Where(static e => e.Definition.Must).ToArray();
            foreach (var must in musts) needed?.UnionWith(must.Condition.ColumnsRead);
            var query = needed is null ? plan.Query : plan.Query.Restrict(needed);
            yield return new LineageStep(plan, query.Canonical + string.Concat(musts.Select(static e => $" must {e.Condition.Canonical}")), query.Lookups);
            needed = needed is null ? null : query.ColumnsRead.ToHashSet(StringComparer.Ordinal);
            index = plan.Input;
        }
    }

    private bool TryAdd(TransformationDefinition definition)
    {
        if (Find(definition.Input.Value) is not { } input) return false;
        var tables = new Dictionary<string, LookupTable>(StringComparer.Ordinal);
        foreach (var lookup in definition.Lookups)
        {
            if (_lookups.TryGetValue(new LookupReference(definition.Name, lookup.Name), out var table)) tables[lookup.Name] = table;
        }
        // A table that is missing has faults of its own.
        if (tables.Count < definition.Lookups.Length) return true;
        var compilation = SqlQuery.Compile(definition.Sql.Value, Schema(input), tables);
        SqlFaults.Add(_faults, definition.Sql, compilation.Errors);
        if (compilation.Result is not { } query) return true;
        var expectations = ImmutableArray.CreateBuilder<ExpectationPlan>();
        foreach (var expectation in definition.Expectations)
        {
            if (SqlFaults.Condition(_faults, expectation.Condition, query.Output) is { } condition) expectations.Add(new ExpectationPlan(expectation, condition));
        }
        var siblings = _transformations[input.Source];
        siblings.Add(new TransformationPlan(definition, input.Index, query, query.Output, expectations.ToImmutable()) { Lookups = [.. tables.Values] });
        _byName[definition.Name] = new NodeReference(input.Source, siblings.Count);
        ChangelogChecks.Transformation(_sources[input.Source], siblings[^1], RecordColumns(input), RecordColumns(_byName[definition.Name]), _faults);
        return true;
    }

    private void CheckEventTime(SourceDefinition source, Schema schema)
    {
        if (source.EventTime is not { } eventTime)
        {
            _faults.Add(source.Location.Fault($"the source {source.Name} needs 'event_time', the column that says when an event happened"));
            return;
        }
        var field = schema.Find(eventTime.Value);
        if (field is null)
        {
            _faults.Add(eventTime.Location.Fault(SqlFaults.Unknown("column", eventTime.Value, schema)));
        }
        else if (!field.Type.IsTimestamp)
        {
            _faults.Add(eventTime.Location.Fault($"the event time {field.Name} is a {field.Type}; it must be a timestamp"));
        }
    }

    /// <summary>The plan of a source whose nodes compute only what views, sinks and expectations read.</summary>
    public SourcePlan Restrict(SourceDefinition source, ImmutableArray<ViewPlan> views, ImmutableArray<SinkPlan> sinks)
    {
        var transformations = _transformations[source.Name];
        var needed = new HashSet<string>[transformations.Count + 1];
        for (var i = 0; i < needed.Length; i++) needed[i] = new HashSet<string>(StringComparer.Ordinal);
        needed[0].Add(source.EventTime!.Value);
        foreach (var view in views.Where(v => v.Source == source.Name)) needed[view.Node].UnionWith(ViewPlanner.ColumnsRead(view));
        foreach (var sink in sinks.Where(s => s.Source == source.Name && s.View < 0)) needed[sink.Node].UnionWith(sink.Schema.Fields.Select(f => f.Name));

        var restricted = new TransformationPlan[transformations.Count];
        for (var i = transformations.Count - 1; i >= 0; i--)
        {
            var plan = transformations[i];
            foreach (var expectation in plan.Expectations) needed[i + 1].UnionWith(expectation.Condition.ColumnsRead);
            var query = plan.Query.Restrict(needed[i + 1]);
            needed[plan.Input].UnionWith(query.ColumnsRead);
            restricted[i] = plan with { Query = query };
        }
        var schema = _schemas[source.Name];
        var columns = new Schema(schema.Fields.Where(f => needed[0].Contains(f.Name)));
        return new SourcePlan(
            source, schema, columns, columns.IndexOf(source.EventTime.Value), [.. restricted],
            [.. Indexes(views.Length).Where(i => views[i].Source == source.Name)],
            [.. Indexes(sinks.Length).Where(i => sinks[i].Source == source.Name && sinks[i].View < 0)]);
    }

    private static IEnumerable<int> Indexes(int count) => Enumerable.Range(0, count);
}
