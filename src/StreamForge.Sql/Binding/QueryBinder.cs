using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Sql.Evaluation;
using StreamForge.Sql.Parsing;

namespace StreamForge.Sql.Binding;

/// <summary>One output column, or the condition, with what it needs.</summary>
/// <param name="ColumnsRead">Positions in the schema that the query was bound to.</param>
internal sealed record QueryItem(string Name, Expression Expression, ImmutableArray<int> ColumnsRead, bool IsDeterministic, string Canonical);

/// <summary>Binds a query: stars, output names, each item and the condition.</summary>
internal static class QueryBinder
{
    public static SqlCompilation<SqlQuery> Bind(string text, SelectSyntax syntax, List<Token> tokens, Schema input)
    {
        var scope = new Scope(input, syntax.InputNames);
        var binder = new Binder(scope, text);
        var items = ImmutableArray.CreateBuilder<QueryItem>();
        var taken = new Dictionary<string, TextSpan>(StringComparer.Ordinal);
        foreach (var item in syntax.Items)
        {
            foreach (var bound in Items(item, items.Count))
            {
                if (!taken.TryAdd(bound.Name, item.Span)) binder.Fail(item.Span, $"the output column '{bound.Name}' appears twice; give one of them another name with AS");
                else items.Add(bound);
            }
        }
        QueryItem? where = null;
        if (syntax.Where is not null)
        {
            binder.ColumnsRead = [];
            binder.IsDeterministic = true;
            var condition = binder.BindCondition(syntax.Where, "the condition after WHERE");
            if (condition is not null) where = Item("", condition, syntax.Where.Span);
        }
        if (binder.Errors.Count > 0) return new(null, SqlErrors.Ordered(binder.Errors));
        return new(new SqlQuery(input, items.ToImmutable(), where, binder.Slots), []);

        IEnumerable<QueryItem> Items(SelectItem item, int position)
        {
            if (item.Expression is null) return Star(item);
            binder.ColumnsRead = [];
            binder.IsDeterministic = true;
            var bound = binder.Bind(item.Expression);
            if (bound is null) return [];
            var name = item.Alias ?? (bound is ColumnExpression column ? input[column.Index].Name : $"EXPR${position}");
            return [Item(name, bound, item.Expression.Span)];
        }

        IEnumerable<QueryItem> Star(SelectItem item)
        {
            if (item.StarQualifier is null || scope.Knows(item.StarQualifier))
                return input.Fields.Select((f, i) => new QueryItem(f.Name, new ColumnExpression(i, f.Type), [i], true, Canonical.Quoted(f.Name)));
            binder.Fail(item.Span, scope.UnknownInput(item.StarQualifier));
            return [];
        }

        QueryItem Item(string name, Expression bound, TextSpan span) =>
            new(name, bound, [.. binder.ColumnsRead], binder.IsDeterministic, Canonical.Write(tokens, span, binder.Names));
    }
}
