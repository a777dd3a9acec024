using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Features.Aggregates;
using StreamForge.Features.KeyState;
using StreamForge.Pipeline.Definitions;
using StreamForge.Sql;

namespace StreamForge.Pipeline.Plans;

/// <summary>Collects a view's accumulators and the expressions that feed them, each once however many aggregates use it.</summary>
internal sealed class SlotBuilder(Schema schema, ImmutableArray<Fault>.Builder faults)
{
    private readonly List<Slot> _slots = [];
    private readonly List<(int Value, int Condition)> _inputs = [];
    private readonly List<SqlExpression> _expressions = [];

    public ImmutableArray<Slot> Slots => [.. _slots];

    public ImmutableArray<(int Value, int Condition)> Inputs => [.. _inputs];

    public ImmutableArray<SqlExpression> Expressions => [.. _expressions];

    /// <summary>The slot of an aggregate and the algebra that finishes it; null, with faults added, when it is wrong.</summary>
    public (int Index, IAggregate Aggregate)? Add(AggregateDefinition definition)
    {
        var before = faults.Count;
        var of = definition.Of is { } value ? SqlFaults.Expression(faults, value, schema) : null;
        var where = definition.Where is { } condition ? SqlFaults.Condition(faults, condition, schema) : null;
        if (faults.Count > before) return null;
        var (aggregate, error) = AggregateFactory.Create(definition.Function.Value, of?.Type, definition.ExactUpTo ?? AggregateFactory.DefaultExactUpTo);
        if (aggregate is null)
        {
            faults.Add(definition.Function.Location.Fault(error!));
            return null;
        }
        var identity = $"{aggregate.StateName} v{aggregate.Version} of {of?.Canonical ?? "*"} where {where?.Canonical ?? "true"}";
        var index = _slots.FindIndex(s => s.Identity == identity);
        if (index < 0)
        {
            index = _slots.Count;
            _slots.Add(new Slot(aggregate, _slots.Sum(s => s.Aggregate.Size), identity));
            _inputs.Add((Intern(of), Intern(where)));
        }
        return (index, aggregate);
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
