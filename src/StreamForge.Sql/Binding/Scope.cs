using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Sql.Parsing;

namespace StreamForge.Sql.Binding;

/// <summary>The columns that names can mean. An unquoted name is matched exactly first, then whatever its case, if that is one column.</summary>
internal sealed class Scope(Schema schema, ImmutableArray<string> qualifiers)
{
    public Schema Schema => schema;

    /// <summary>The column's position, or -1 and what is wrong.</summary>
    public int Find(NameSyntax name, out string problem)
    {
        problem = "";
        if (name.Qualifier is not null && !Knows(name.Qualifier))
        {
            problem = UnknownInput(name.Qualifier);
            return -1;
        }
        var exact = schema.IndexOf(name.Name);
        if (exact >= 0) return exact;
        var matches = new List<int>();
        for (var i = 0; i < schema.Count; i++)
        {
            if (schema[i].Name.Equals(name.Name, StringComparison.OrdinalIgnoreCase)) matches.Add(i);
        }
        if (matches.Count == 1 && !name.Quoted) return matches[0];
        problem = matches.Count > 1 && !name.Quoted
            ? $"the name '{name.Name}' is ambiguous: it may mean {string.Join(" or ", matches.Select(i => schema[i].Name))}"
            : $"unknown column '{name.Name}'; {Suggestion.For(name.Name, [.. schema.Fields.Select(f => f.Name)])}";
        return -1;
    }

    public bool Knows(string qualifier) => qualifiers.Any(q => q.Equals(qualifier, StringComparison.OrdinalIgnoreCase));

    public string UnknownInput(string qualifier) => $"unknown input '{qualifier}'; {Suggestion.For(qualifier, qualifiers)}";
}
