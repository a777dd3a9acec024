using StreamForge.Core;

namespace StreamForge.Formats.Inference;

/// <summary>Finds a schema from a sample of records. Records that are broken count for nothing. For one thread.</summary>
public abstract class SchemaInference
{
    /// <summary>How much of a source is sampled, uncompressed.</summary>
    public const long SampleBytes = 64 << 20;

    /// <summary>More columns than this are taken for data in the place of names.</summary>
    public const int MaxColumns = 10_000;

    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    private readonly List<(string Name, ColumnGuess Guess)> _columns = [];

    /// <summary>Columns found so far.</summary>
    public int Count => _columns.Count;

    /// <summary>Looks at the record at <paramref name="start"/>; parameters and outcomes as in <see cref="IRecordReader.Read"/>.</summary>
    public abstract RecordOutcome Read(ReadOnlySpan<byte> buffer, int start, int end, bool final, out int next);

    /// <summary>The columns in the order in which they were first met.</summary>
    /// <param name="eventTime">The event-time column's name, which is a timestamp wherever most of its values are; null for none.</param>
    public virtual Schema Finish(string? eventTime) =>
        new(_columns.Select(column => new Field(column.Name, column.Guess.Type(string.Equals(column.Name, eventTime, StringComparison.Ordinal)))));

    private protected ColumnGuess Column(string name)
    {
        if (_index.TryGetValue(name, out var index)) return _columns[index].Guess;
        if (_columns.Count == MaxColumns)
            throw new StreamForgeException(ErrorKind.InvalidDefinition, $"the records have more than {MaxColumns:N0} different fields; declare 'schema' with those that are needed");
        _index.Add(name, _columns.Count);
        _columns.Add((name, new ColumnGuess()));
        return _columns[^1].Guess;
    }
}
