using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Sql.Ranges;

namespace StreamForge.Sql.Binding;

/// <summary>Finds the bound columns in batches, by name; a batch may lack columns that are not read, and have them in another order.</summary>
internal sealed class InputMap
{
    private readonly Schema _bound;
    private readonly int[] _read;
    private Mapping? _latest;

    public InputMap(Schema bound, IEnumerable<int> read)
    {
        _bound = bound;
        _read = [.. read.Order()];
        ColumnsRead = [.. _read.Select(i => bound[i].Name)];
    }

    public ImmutableArray<string> ColumnsRead { get; }

    /// <param name="Positions">For each column read, where the batch has it.</param>
    private sealed record Mapping(Schema Schema, int[] Positions);

    /// <summary>The batch's columns by bound position, not retained; those that are not read are missing.</summary>
    /// <param name="width">How many columns the result has room for, at least those bound.</param>
    /// <exception cref="ArgumentException">The batch lacks a column, or has it with another type.</exception>
    public Column[] Columns(ColumnBatch batch, int width)
    {
        // Threads may replace each other's mapping; each goes on with the one it holds.
        var mapping = _latest;
        if (mapping is null || !ReferenceEquals(mapping.Schema, batch.Schema)) _latest = mapping = Map(batch.Schema);
        var columns = new Column[width];
        for (var i = 0; i < _read.Length; i++) columns[_read[i]] = batch[mapping.Positions[i]];
        return columns;
    }

    /// <summary>What is known of each column, by bound position.</summary>
    public ColumnRange[] Ranges(Func<string, ColumnRange> ranges)
    {
        var result = new ColumnRange[_bound.Count];
        foreach (var column in _read) result[column] = ranges(_bound[column].Name);
        return result;
    }

    private Mapping Map(Schema schema)
    {
        var positions = new int[_read.Length];
        for (var i = 0; i < positions.Length; i++)
        {
            var field = _bound[_read[i]];
            positions[i] = schema.IndexOf(field.Name);
            if (positions[i] < 0) throw new ArgumentException($"The batch has no column {field.Name}.", nameof(schema));
            if (schema[positions[i]].Type != field.Type) throw new ArgumentException($"The column {field.Name} is {schema[positions[i]].Type}, expected {field.Type}.", nameof(schema));
        }
        return new Mapping(schema, positions);
    }
}
