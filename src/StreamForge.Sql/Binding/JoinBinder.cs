using StreamForge.Core;
using StreamForge.Sql.Evaluation;
using StreamForge.Sql.Lookups;
using StreamForge.Sql.Parsing;

namespace StreamForge.Sql.Binding;

/// <summary>
/// Binds joins with lookups. The condition is <c>key = expression</c>, or several of them with AND when the key has several columns. The expression is over the columns
/// to the left of the join, so that a name in it never means the table that is being joined: <c>products.StockCode = StockCode</c> is not ambiguous.
/// </summary>
internal sealed class JoinBinder(Scope scope, Binder binder, string text, List<Token> tokens, IReadOnlyDictionary<string, LookupTable> lookups)
{
    /// <summary>Makes the table's columns known to what follows; null after an error.</summary>
    public LookupJoin? Bind(JoinSyntax join)
    {
        if (scope.Knows(join.Alias)) binder.Fail(join.Table, $"the name '{join.Alias}' is already taken in this query; give the lookup another one with AS");
        var table = Find(join.Name);
        if (table is null)
        {
            binder.Fail(join.Table, lookups.Count == 0
                ? $"unknown lookup '{join.Name}'; declare it under 'lookups' of the transformation"
                : $"unknown lookup '{join.Name}'; {Suggestion.For(join.Name, [.. lookups.Keys])}");
            scope.Add(new ScopeTable([join.Alias], null, scope.Count, ""));
            return null;
        }
        var repeated = scope.Tables.Count(t => ReferenceEquals(t.Schema, table.Schema));
        var joined = new ScopeTable([join.Alias], table.Schema, scope.Count, Canonical.Quoted(repeated == 0 ? table.Name : $"{table.Name} {repeated + 1}") + ".");
        var result = Bind(join, table, joined);
        scope.Add(joined);
        return result;
    }

    private LookupTable? Find(string name)
    {
        if (lookups.TryGetValue(name, out var exact)) return exact;
        var matches = lookups.Where(l => l.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).ToArray();
        return matches.Length == 1 ? matches[0].Value : null;
    }

    private LookupJoin? Bind(JoinSyntax join, LookupTable table, ScopeTable joined)
    {
        var before = binder.Errors.Count;
        binder.ColumnsRead = [];
        binder.IsDeterministic = true;
        var parts = new (Expression Column, Expression Value, Syntax Syntax)?[table.Description.Key.Length];
        foreach (var condition in Conjuncts(join.Condition))
        {
            if (Part(condition, table, joined) is not { } part) continue;
            if (parts[part.Index] is not null) binder.Fail(condition.Span, $"the key {table.Description.Key[part.Index]} of {table.Name} is compared twice");
            parts[part.Index] = (part.Column, part.Value, part.Syntax);
        }
        if (binder.Errors.Count > before) return null;
        var missing = table.Description.Key.Where((_, i) => parts[i] is null).ToArray();
        if (missing.Length > 0)
        {
            binder.Fail(join.Condition.Span, $"the key of {table.Name} is {string.Join(", ", table.Description.Key)}; compare {string.Join(", ", missing)} too");
            return null;
        }
        var columns = parts.Select(p => p!.Value.Column).ToArray();
        var index = columns.All(c => c is ColumnExpression) ? table.Index : Converted(join, table, joined, columns);
        if (index is null) return null;
        var conditions = parts.Select((p, i) => $"{joined.Prefix}{Canonical.Quoted(table.Description.Key[i])} = {Canonical.Write(tokens, p!.Value.Syntax.Span, binder.Names)}");
        return new LookupJoin(
            table, index, [.. parts.Select(p => p!.Value.Value)], join.IsInner, joined.First, [.. binder.ColumnsRead], binder.IsDeterministic,
            $"{(join.IsInner ? "INNER" : "LEFT")} JOIN {joined.Prefix[..^1]} ON {string.Join(" AND ", conditions)}");
    }

    private static IEnumerable<Syntax> Conjuncts(Syntax condition) => condition is BinarySyntax { Operator: "AND" } and
        ? Conjuncts(and.Left).Concat(Conjuncts(and.Right))
        : [condition];

    /// <summary>One equality: which part of the key, its column and the expression, both of one type. null after an error.</summary>
    private (int Index, Expression Column, Expression Value, Syntax Syntax)? Part(Syntax condition, LookupTable table, ScopeTable joined)
    {
        if (condition is not BinarySyntax { Operator: "=" } equality)
        {
            binder.Fail(condition.Span, $"a join by anything but equality with the lookup's key, such as {Example(table, joined)}, is not supported yet");
            return null;
        }
        var (key, value) = (equality.Left, equality.Right);
        var leftIsKey = IsKey(key, table, joined);
        if (!leftIsKey) (key, value) = (value, key);
        if (!leftIsKey && !IsKey(key, table, joined))
        {
            var both = new[] { equality.Left, equality.Right }.OfType<NameSyntax>().FirstOrDefault(n => n.Qualifier is null && IndexIn(table.Schema, n) >= 0);
            binder.Fail((both ?? condition).Span, both is not null
                ? $"the name '{both.Name}' is ambiguous: it may mean {scope.Tables[0].Qualifiers[0]}.{both.Name} or {joined.Qualifiers[0]}.{both.Name}"
                : $"the condition must compare the key of {table.Name} with an expression of the input, such as {Example(table, joined)}");
            return null;
        }
        if (value is NameSyntax { Qualifier: { } qualifier } && joined.Knows(qualifier))
        {
            binder.Fail(value.Span, $"{binder.Quote(value)} is a column of the lookup too; compare its key with an expression of the input, such as {Example(table, joined)}");
            return null;
        }
        var column = IndexIn(table.Schema, (NameSyntax)key);
        var bound = binder.Bind(value);
        if (column < 0)
        {
            binder.Fail(key.Span, $"unknown column '{((NameSyntax)key).Name}'; {Suggestion.For(((NameSyntax)key).Name, [.. table.Schema.Fields.Select(f => f.Name)])}");
            return null;
        }
        var index = table.Description.Key.IndexOf(table.Schema[column].Name);
        if (index < 0)
        {
            binder.Fail(key.Span, $"{table.Schema[column].Name} is not in the key of {table.Name}, which is {string.Join(", ", table.Description.Key)}");
            return null;
        }
        if (bound is null) return null;
        Expression left = new ColumnExpression(joined.First + column, table.Schema[column].Type);
        return binder.Comparable(condition.Span, ref left, key, ref bound, value) ? (index, left, bound, value) : null;
    }

    private static string Example(LookupTable table, ScopeTable joined) =>
        string.Join(" AND ", table.Description.Key.Select(k => $"{joined.Qualifiers[0]}.{k} = …"));

    /// <summary>Whether a side of an equality is a column of the table: qualified with its name, or known to it alone.</summary>
    private bool IsKey(Syntax side, LookupTable table, ScopeTable joined) => side is NameSyntax name
        && (name.Qualifier is { } qualifier ? joined.Knows(qualifier) : IndexIn(table.Schema, name) >= 0 && scope.Find(name, out var problem) < 0 && !problem.Contains("ambiguous", StringComparison.Ordinal));

    private static int IndexIn(Schema schema, NameSyntax name)
    {
        var exact = schema.IndexOf(name.Name);
        if (exact >= 0 || name.Quoted) return exact;
        var matches = Enumerable.Range(0, schema.Count).Where(i => schema[i].Name.Equals(name.Name, StringComparison.OrdinalIgnoreCase)).ToArray();
        return matches.Length == 1 ? matches[0] : -1;
    }

    /// <summary>An index by the key as another type, which the comparison asks for: a decimal for an integer, a double for a decimal.</summary>
    private KeyIndex? Converted(JoinSyntax join, LookupTable table, ScopeTable joined, Expression[] columns)
    {
        var all = new Column[joined.First + table.Schema.Count];
        table.Columns.CopyTo(all.AsSpan(joined.First));
        var frame = new Frame(table.Rows + 1, all, binder.Slots, new EvaluationContext(TimeProvider.System), new RowErrors(), null);
        var keys = columns.Select(c => c.Evaluate(frame, Selection.All(frame.Count))).ToArray();
        frame.Close();
        var index = KeyIndex.TryBuild(keys, table.Rows, out _);
        foreach (var key in keys) key.Release();
        if (index is null) binder.Fail(join.Condition.Span, $"two keys of {table.Name} are equal when compared as {string.Join(", ", columns.Select(c => c.Type))}: {text[join.Condition.Span.Start..join.Condition.Span.End]}; use CAST for the expression of the input");
        return index;
    }
}
