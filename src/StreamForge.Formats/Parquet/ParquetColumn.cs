using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Formats.Parquet;

/// <summary>A column of a Parquet file, or a part of a nested one.</summary>
public sealed class ParquetColumn
{
    internal ParquetColumn(string name, int? fieldId, DataType type, Repetition repetition, ImmutableArray<ParquetColumn> children)
    {
        Name = name;
        FieldId = fieldId;
        Type = type;
        Repetition = repetition;
        Children = children;
    }

    public string Name { get; }

    /// <summary>Iceberg's field id; null where the file has none.</summary>
    public int? FieldId { get; }

    /// <summary>
    /// What the values are read as. Float becomes double, times of other units microseconds, unsigned 64-bit integers decimal(20,0), a uuid and a time of day text; an array, map or row JSON text.
    /// </summary>
    public DataType Type { get; }

    /// <summary>No value is null.</summary>
    public bool Required => Repetition == Repetition.Required;

    /// <summary>An array's element, a map's key and value, a row's fields.</summary>
    public ImmutableArray<ParquetColumn> Children { get; }

    internal Repetition Repetition { get; }

    /// <summary>Definition level of a value that is there.</summary>
    internal int MaxDefinition { get; init; }

    /// <summary>Repetition level of this column's values.</summary>
    internal int MaxRepetition { get; init; }

    /// <summary>For an array or map: the definition level that says it has an element, and the repetition level of further ones.</summary>
    internal int ElementDefinition { get; init; }

    internal int ElementRepetition { get; init; }

    /// <summary>For a leaf: its place among the chunks of a row group, and how it is stored.</summary>
    internal int Leaf { get; init; } = -1;

    internal Reading.LeafType? Storage { get; init; }
}
