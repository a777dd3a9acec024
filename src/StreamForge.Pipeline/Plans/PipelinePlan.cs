using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Pipeline.Definitions;
using StreamForge.Sql;
using StreamForge.Sql.Lookups;

namespace StreamForge.Pipeline.Plans;

/// <summary>A pipeline bound to its sources' schemas: everything that running it needs to know, and nothing about how it is run.</summary>
public sealed record PipelinePlan(
    PipelineDefinition Definition,
    ImmutableArray<SourcePlan> Sources,
    ImmutableArray<ViewPlan> Views,
    ImmutableArray<ServiceDescription> Services,
    ImmutableArray<SinkPlan> Sinks)
{
    public string Name => Definition.Name;

    /// <summary>Whether a sink takes the closed windows of view <paramref name="view"/>.</summary>
    public bool Emits(int view) => Sinks.Any(s => s.View == view);

    public SourcePlan Source(string name) => Sources.First(s => s.Name == name);

    /// <summary>The lookup tables of all transformations, as <see cref="Planner.Plan"/> takes them.</summary>
    public ImmutableDictionary<LookupReference, LookupTable> Lookups => Sources.SelectMany(s => s.Transformations)
        .SelectMany(t => t.Lookups.Select(l => KeyValuePair.Create(new LookupReference(t.Name, l.Name), l))).ToImmutableDictionary();
}

/// <summary>A source and what is computed from its rows, in an order in which every input comes before its readers.</summary>
/// <param name="Schema">All columns of the source.</param>
/// <param name="Columns">The columns that are read.</param>
/// <param name="EventTimeColumn">Index into <paramref name="Columns"/>.</param>
/// <param name="Transformations">Those that hang on this source, inputs first.</param>
/// <param name="Views">Indexes into the plan's views that hang on this source.</param>
/// <param name="Sinks">Indexes into the plan's sinks that take rows of this source's nodes.</param>
public sealed record SourcePlan(
    SourceDefinition Definition,
    Schema Schema,
    Schema Columns,
    int EventTimeColumn,
    ImmutableArray<TransformationPlan> Transformations,
    ImmutableArray<int> Views,
    ImmutableArray<int> Sinks)
{
    public string Name => Definition.Name;
}

/// <param name="Input">Index of the node that it reads: 0 is the source, n the n-th transformation of the source plan, from 1.</param>
/// <param name="Query">Restricted to the columns that somebody reads.</param>
/// <param name="FullOutput">All columns that the query as written has.</param>
public sealed record TransformationPlan(
    TransformationDefinition Definition, int Input, SqlQuery Query, Schema FullOutput, ImmutableArray<ExpectationPlan> Expectations)
{
    public string Name => Definition.Name;

    /// <summary>The tables that the definition declares, joined or not.</summary>
    public ImmutableArray<LookupTable> Lookups { get; init; } = [];
}

/// <summary>A lookup table by the transformation that declares it and its name there.</summary>
public readonly record struct LookupReference(string Transformation, string Lookup);

public sealed record ExpectationPlan(ExpectationDefinition Definition, SqlExpression Condition);

/// <summary>A view: what is read from each row of its input, and how that is kept.</summary>
/// <param name="Node">The node of the source plan that it reads.</param>
/// <param name="Entity">The key's columns: the input column and the type that the key has.</param>
/// <param name="EventTime">The column of the input that says when, or null for the source's.</param>
/// <param name="Expressions">What slots aggregate and count by, each once.</param>
/// <param name="SlotInputs">For each slot of the layout: indexes into <paramref name="Expressions"/>, -1 for none.</param>
/// <param name="Description">What readers see: stored features in the layout's order, then the derived ones.</param>
/// <param name="Stored">The stored features as columns, which derived expressions read.</param>
/// <param name="Fingerprint">Equal for definitions whose state is interchangeable.</param>
public sealed record ViewPlan(
    ViewDefinition Definition,
    string Source,
    int Node,
    ImmutableArray<EntityPlan> Entity,
    string? EventTime,
    ImmutableArray<SqlExpression> Expressions,
    ImmutableArray<(int Value, int Condition)> SlotInputs,
    ViewLayout Layout,
    Schema Stored,
    ImmutableArray<SqlExpression> Derived,
    ViewClock Clock,
    ViewDescription Description,
    ImmutableArray<string> Fingerprint)
{
    public string Name => Definition.Name;

    /// <summary>From when on parts of it count that began over a changelog which had been read; null where none did.</summary>
    public ViewFloors? Floors { get; init; }

    /// <summary>As releases before wrote the fingerprint.</summary>
    public ImmutableArray<ImmutableArray<string>> FormerFingerprints { get; init; } = [];

    /// <summary>Whether state that was kept with a fingerprint is this view's.</summary>
    public bool Fits(ImmutableArray<string> kept) => kept.SequenceEqual(Fingerprint) || FormerFingerprints.Any(f => kept.SequenceEqual(f));
}

/// <param name="Column">The column of the view's input.</param>
/// <param name="Key">Its name and type in the key.</param>
public sealed record EntityPlan(string Column, Field Key);

/// <param name="Source">The source that its rows come from in the end.</param>
/// <param name="Node">The node of the source plan that it reads; -1 when it reads a view.</param>
/// <param name="View">Index of the view whose closed windows it takes; -1 when it reads a node.</param>
/// <param name="Schema">The rows that it is given.</param>
public sealed record SinkPlan(SinkDefinition Definition, string Source, int Node, int View, Schema Schema)
{
    /// <summary>For a table: how its partitions come from its columns.</summary>
    public ImmutableArray<PartitionTerm> PartitionBy { get; init; } = [];

    public string Name => Definition.Name;
}

/// <summary>The plan, or the faults that stand in its way.</summary>
public sealed record PlanResult(PipelinePlan? Plan, ImmutableArray<Fault> Faults);
