using StreamForge.Core;

namespace StreamForge.Sql.Lookups;

/// <summary>
/// A side input: a table that is read once, held in memory, and joined by its unique key. Immutable and safe to share between threads; its columns are never
/// released, because it lives as long as the plans that use it.
/// </summary>
public sealed class LookupTable
{
    private readonly Column[] _columns;

    private LookupTable(LookupDescription description, Column[] columns, int rows, KeyIndex index)
    {
        Description = description;
        _columns = columns;
        Rows = rows;
        Index = index;
    }

    public LookupDescription Description { get; }

    public string Name => Description.Name;

    public Schema Schema => Description.Schema;

    /// <summary>Rows held; also the number of the row of nulls that stands behind them, which is what a key that is not found gives.</summary>
    internal int Rows { get; }

    /// <summary>Finds rows by the key's columns in their order.</summary>
    internal KeyIndex Index { get; }

    /// <summary>The columns of the schema, each with a null behind its last row.</summary>
    internal ReadOnlySpan<Column> Columns => _columns;

    /// <summary>Makes a table of rows. Rows of which a part of the key is null or NaN are kept and never found.</summary>
    /// <param name="columns">One for each field of the schema, filled and not yet shared; a null is appended to each, and they belong to the table from here on.</param>
    /// <param name="duplicate">Two rows with the same key, when the result is null.</param>
    public static LookupTable? TryCreate(LookupDescription description, Column[] columns, out (int First, int Second) duplicate)
    {
        ArgumentNullException.ThrowIfNull(description);
        ArgumentNullException.ThrowIfNull(columns);
        var rows = columns[0].Count;
        var key = description.Key.Select(name => columns[description.Schema.IndexOf(name)]).ToArray();
        if (KeyIndex.TryBuild(key, rows, out duplicate) is not { } index) return null;
        foreach (var column in columns) column.AppendNull();
        return new LookupTable(description, columns, rows, index);
    }

    /// <summary>A table whose rows are not there, for plans that only describe and never run.</summary>
    public static LookupTable WithoutRows(LookupDescription description)
    {
        ArgumentNullException.ThrowIfNull(description);
        return TryCreate(description, [.. description.Schema.Fields.Select(f => Column.Create(f.Type, 1))], out _)!;
    }
}
