using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Sql.Evaluation;
using StreamForge.Sql.Lookups;
using StreamForge.Sql.Parsing;

namespace StreamForge.Sql.Binding;

/// <summary>One output column, or the condition, with what it needs.</summary>
/// <param name="ColumnsRead">Bound positions: those of the input's columns, then those of joined tables.</param>
internal sealed record QueryItem(string Name, Expression Expression, ImmutableArray<int> ColumnsRead, bool IsDeterministic, string Canonical);

/// <summary>Binds a query: joins, stars, output names, each item and the condition.</summary>
internal sealed class QueryBinder
{
    private readonly SelectSyntax _syntax;
    private readonly List<Token> _tokens;
    private readonly Schema _input;
    private readonly Scope _scope;
    private readonly Binder _binder;

    private QueryBinder(string text, SelectSyntax syntax, List<Token> tokens, Schema input)
    {
        _syntax = syntax;
        _tokens = tokens;
        _input = input;
        _scope = new Scope(input, syntax.InputNames);
        _binder = new Binder(_scope, text);
    }

    public static SqlCompilation<SqlQuery> Bind(string text, SelectSyntax syntax, List<Token> tokens, Schema input, IReadOnlyDictionary<string, LookupTable> lookups) =>
        new QueryBinder(text, syntax, tokens, input).Bind(text, lookups);

    private SqlCompilation<SqlQuery> Bind(string text, IReadOnlyDictionary<string, LookupTable> lookups)
    {
        var joins = new JoinBinder(_scope, _binder, text, _tokens, lookups);
        var joined = _syntax.Joins.Select(joins.Bind).ToArray();
        var items = Items();
        QueryItem? where = null;
        if (_syntax.Where is not null)
        {
            _binder.ColumnsRead = [];
            _binder.IsDeterministic = true;
            var condition = _binder.BindCondition(_syntax.Where, "the condition after WHERE");
            if (condition is not null) where = Item("", condition, _syntax.Where.Span);
        }
        if (_binder.Errors.Count > 0) return new(null, SqlErrors.Ordered(_binder.Errors));
        return new(new SqlQuery(_input, items, [.. joined.Select(j => j!)], where, _binder.Slots), []);
    }

    /// <summary>All items, each with a name of its own. Of columns that a star takes from several tables under one name, those after the first get a number, as in Flink: <c>id</c>, <c>id0</c>.</summary>
    private ImmutableArray<QueryItem> Items()
    {
        var items = ImmutableArray.CreateBuilder<QueryItem>();
        var tables = new Dictionary<string, ScopeTable?>(StringComparer.Ordinal);
        foreach (var item in _syntax.Items)
        {
            foreach (var (bound, table) in item.Expression is null ? Star(item) : Single(item, items.Count))
            {
                var named = bound;
                if (table is not null && tables.TryGetValue(bound.Name, out var first) && first is not null && first != table)
                {
                    for (var number = 0; tables.ContainsKey(named.Name); number++) named = bound with { Name = $"{bound.Name}{number}" };
                }
                if (tables.TryAdd(named.Name, table)) items.Add(named);
                else _binder.Fail(item.Span, $"the output column '{bound.Name}' appears twice; give one of them another name with AS");
            }
        }
        return items.ToImmutable();
    }

    private IEnumerable<(QueryItem Item, ScopeTable? Table)> Single(SelectItem item, int position)
    {
        _binder.ColumnsRead = [];
        _binder.IsDeterministic = true;
        var bound = _binder.Bind(item.Expression!);
        if (bound is null) return [];
        var name = item.Alias ?? (bound is ColumnExpression column ? _scope[column.Index].Name : $"EXPR${position}");
        return [(Item(name, bound, item.Expression!.Span), null)];
    }

    /// <summary>The columns of all tables, or of the one that is named, and the table that each is of.</summary>
    private IEnumerable<(QueryItem Item, ScopeTable? Table)> Star(SelectItem item)
    {
        var tables = _scope.Tables.Where(t => item.StarQualifier is null || t.Knows(item.StarQualifier)).ToArray();
        if (tables.Length == 0) _binder.Fail(item.Span, _scope.UnknownInput(item.StarQualifier!));
        return
            from table in tables
            where table.Schema is not null
            from index in Enumerable.Range(table.First, table.Schema!.Count)
            let field = _scope[index]
            select (new QueryItem(field.Name, new ColumnExpression(index, field.Type), [index], true, _scope.Canonical(index)), (ScopeTable?)table);
    }

    private QueryItem Item(string name, Expression bound, TextSpan span) =>
        new(name, bound, [.. _binder.ColumnsRead], _binder.IsDeterministic, Canonical.Write(_tokens, span, _binder.Names));
}
