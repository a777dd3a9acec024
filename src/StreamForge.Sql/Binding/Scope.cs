using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Sql.Parsing;

namespace StreamForge.Sql.Binding;

/// <summary>
/// The columns that names can mean: those of the input, then those of each table that was joined so far, numbered through. An unquoted name is matched exactly first,
/// then whatever its case; it must mean one column of one table.
/// </summary>
internal sealed class Scope
{
    private readonly List<ScopeTable> _tables = [];

    public Scope(Schema input, ImmutableArray<string> qualifiers) => _tables.Add(new ScopeTable(qualifiers, input, 0, ""));

    public IReadOnlyList<ScopeTable> Tables => _tables;

    /// <summary>Columns of all tables.</summary>
    public int Count => _tables[^1].First + (_tables[^1].Schema?.Count ?? 0);

    /// <summary>Adds a table's columns behind those that are there.</summary>
    public void Add(ScopeTable table) => _tables.Add(table);

    public Field this[int index]
    {
        get
        {
            var table = TableOf(index);
            return table.Schema![index - table.First];
        }
    }

    /// <summary>The column's name in fingerprints.</summary>
    public string Canonical(int index) => TableOf(index).Prefix + Parsing.Canonical.Quoted(this[index].Name);

    /// <summary>The column's position, or -1 and what is wrong; nothing is wrong with a name that may be of a table which is itself at fault.</summary>
    public int Find(NameSyntax name, out string problem)
    {
        problem = "";
        var tables = _tables;
        if (name.Qualifier is { } qualifier)
        {
            tables = _tables.FindAll(t => t.Knows(qualifier));
            if (tables.Count == 0)
            {
                problem = UnknownInput(qualifier);
                return -1;
            }
        }
        var exact = Matches(tables, name.Name, StringComparison.Ordinal);
        if (exact.Count == 1) return exact[0];
        var matches = exact.Count > 1 || name.Quoted ? exact : Matches(tables, name.Name, StringComparison.OrdinalIgnoreCase);
        if (matches.Count == 1) return matches[0];
        if (matches.Count > 1) problem = $"the name '{name.Name}' is ambiguous: it may mean {string.Join(" or ", matches.Select(Describe))}";
        else if (tables.TrueForAll(t => t.Schema is not null)) problem = $"unknown column '{name.Name}'; {Suggestion.For(name.Name, [.. tables.SelectMany(t => t.Schema!.Fields).Select(f => f.Name)])}";
        return -1;
    }

    public bool Knows(string qualifier) => _tables.Exists(t => t.Knows(qualifier));

    public string UnknownInput(string qualifier) => $"unknown input '{qualifier}'; {Suggestion.For(qualifier, [.. _tables.SelectMany(t => t.Qualifiers)])}";

    private static List<int> Matches(List<ScopeTable> tables, string name, StringComparison comparison)
    {
        var matches = new List<int>();
        foreach (var table in tables)
        {
            for (var i = 0; i < (table.Schema?.Count ?? 0); i++)
            {
                if (table.Schema![i].Name.Equals(name, comparison)) matches.Add(table.First + i);
            }
        }
        return matches;
    }

    /// <summary>The column as it would have to be written to be found.</summary>
    private string Describe(int index) => _tables.Count == 1 ? this[index].Name : $"{TableOf(index).Qualifiers[0]}.{this[index].Name}";

    private ScopeTable TableOf(int index) => _tables.FindLast(t => t.First <= index)!;
}

/// <param name="Qualifiers">The names before the point.</param>
/// <param name="Schema">null for a table that is at fault: nothing is known of its columns.</param>
/// <param name="First">The position of its first column.</param>
/// <param name="Prefix">What stands before its columns' names in fingerprints.</param>
internal sealed record ScopeTable(ImmutableArray<string> Qualifiers, Schema? Schema, int First, string Prefix)
{
    public bool Knows(string qualifier) => Qualifiers.Any(q => q.Equals(qualifier, StringComparison.OrdinalIgnoreCase));
}
