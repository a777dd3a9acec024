using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Features.Aggregates;
using StreamForge.Features.KeyState;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Definitions;
using StreamForge.Sql;

namespace StreamForge.Pipeline.Plans;

/// <summary>Where an aggregate is accumulated and the algebra that finishes it.</summary>
/// <param name="Divisor">ratio: the slot of the denominator; -1 for every other function.</param>
internal readonly record struct SlotUse(int Index, IAggregate Aggregate, int Divisor = -1);

/// <summary>Collects a view's accumulators and the expressions that feed them, each once however many aggregates use it; a ratio's are its own.</summary>
/// <param name="retracts">Whether the view's source is a changelog: then every accumulator is one that rows can be taken out of.</param>
/// <param name="lineage">What columns are computed by, in words that are equal where it is the same.</param>
internal sealed class SlotBuilder(Schema schema, bool retracts, Func<IEnumerable<string>, string> lineage, ImmutableArray<Fault>.Builder faults)
{
    private readonly List<Slot> _slots = [];
    private readonly List<(int Value, int Condition)> _inputs = [];
    private readonly List<SqlExpression> _expressions = [];

    public ImmutableArray<Slot> Slots => [.. _slots];

    public ImmutableArray<(int Value, int Condition)> Inputs => [.. _inputs];

    public ImmutableArray<SqlExpression> Expressions => [.. _expressions];

    /// <summary>What an aggregate is read from; null, with faults added, when it is wrong.</summary>
    public SlotUse? Add(AggregateDefinition definition)
    {
        var before = faults.Count;
        var of = Compile(definition.Of);
        var where = definition.Where is { } condition ? SqlFaults.Condition(faults, condition, schema) : null;
        if (definition.Function.Value == "ratio") return AddRatio(definition, of, where, before);
        if (faults.Count > before) return null;
        var (aggregate, error) = AggregateFactory.Create(definition.Function.Value, of?.Type, Parameters(definition), retracts);
        if (aggregate is not null) return new SlotUse(IndexOf(aggregate, of, where), aggregate);
        faults.Add(definition.Function.Location.Fault(error!));
        return null;
    }

    private SlotUse? AddRatio(AggregateDefinition definition, SqlExpression? of, SqlExpression? where, int before)
    {
        if (of is not null && of.Type.Kind != TypeKind.Boolean)
            faults.Add(definition.Of!.Location.Fault($"'of' of a ratio is the condition whose share is wanted, but '{definition.Of}' is a {of.Type}; write a condition, or 'numerator' and 'denominator'"));
        var numerator = of ?? Compile(definition.Numerator);
        // The share of a condition is that among the rows for which it is known.
        var denominator = Compile(definition.Denominator);
        if (faults.Count > before) return null;
        var above = Part(numerator, definition.Of ?? definition.Numerator);
        var below = of is not null ? new CountAggregate() : Part(denominator, definition.Denominator);
        if (above is null || below is null) return null;
        // Halves are shared with nothing but the same ratio, so that both have always counted from one moment on.
        var ratio = $" in the ratio of {numerator?.Canonical ?? "*"} to {(of ?? denominator)?.Canonical ?? "*"}";
        return new SlotUse(IndexOf(above, numerator, where, ratio), above, IndexOf(below, of ?? denominator, where, ratio));
    }

    private ITotal? Part(SqlExpression? expression, LocatedText? text)
    {
        var (aggregate, error) = Ratio.Part(expression?.Type, retracts);
        if (aggregate is null) faults.Add(text!.Location.Fault(error!));
        return aggregate;
    }

    private SqlExpression? Compile(LocatedText? text) => text is null ? null : SqlFaults.Expression(faults, text, schema);

    private static AggregateParameters Parameters(AggregateDefinition definition) => new()
    {
        ExactUpTo = definition.ExactUpTo ?? AggregateParameters.DefaultExactUpTo,
        Q = definition.Q ?? 0,
        RelativeError = definition.RelativeError ?? AggregateParameters.DefaultRelativeError,
        N = (int)(definition.N ?? 1),
        K = (int)(definition.K ?? 1),
        Bounds = [.. definition.Bounds.Select(b => ExactNumber.TryParse(b.Value, out var bound) ? bound : default)],
    };

    private int IndexOf(IAggregate aggregate, SqlExpression? of, SqlExpression? where, string ratio = "")
    {
        var formula = $"{aggregate.StateName} v{aggregate.Version} of {of?.Canonical ?? "*"} where {where?.Canonical ?? "true"}{(retracts ? " over changes" : "")}";
        string[] columns = [.. of?.ColumnsRead ?? [], .. where?.ColumnsRead ?? []];
        var identity = $"{formula}{(columns.Length == 0 ? "" : lineage(columns))}{ratio}";
        var index = _slots.FindIndex(s => s.Identity == identity);
        if (index < 0)
        {
            _slots.Add(new Slot(aggregate, _slots.Sum(s => s.Aggregate.Size), identity) { Formula = formula });
            _inputs.Add((Intern(of), Intern(where)));
            return _slots.Count - 1;
        }
        if (_slots[index].Aggregate is IReadInPart shared && aggregate is IReadInPart also)
            _slots[index] = _slots[index] with { Aggregate = shared.ReadTo(also.Ends) };
        return index;
    }

    /// <summary>Adds what sessions are cut by, after all aggregates.</summary>
    public void AddSessionTimes()
    {
        IAggregate times = retracts ? new CountedSessionSpan() : new SessionSpan();
        _slots.Add(new Slot(times, _slots.Sum(s => s.Aggregate.Size), $"{times.StateName} v{times.Version}"));
        _inputs.Add((-1, -1));
    }

    private int Intern(SqlExpression? expression)
    {
        if (expression is null) return -1;
        var index = _expressions.FindIndex(e => e.Canonical == expression.Canonical);
        if (index >= 0) return index;
        _expressions.Add(expression);
        return _expressions.Count - 1;
    }
}
