using System.Collections.Immutable;

namespace StreamForge.Core;

/// <summary>A named, typed column. Every column may hold nulls.</summary>
public sealed record Field(string Name, DataType Type);

/// <summary>The columns of a batch, in order. Names are unique and compared exactly.</summary>
public sealed class Schema : IEquatable<Schema>
{
    private readonly Dictionary<string, int> _index;

    public Schema(IEnumerable<Field> fields)
    {
        Fields = [.. fields];
        _index = new Dictionary<string, int>(Fields.Length, StringComparer.Ordinal);
        for (var i = 0; i < Fields.Length; i++)
        {
            if (!_index.TryAdd(Fields[i].Name, i))
                throw new ArgumentException($"The column {Fields[i].Name} appears twice.", nameof(fields));
        }
    }

    public ImmutableArray<Field> Fields { get; }

    public int Count => Fields.Length;

    public Field this[int index] => Fields[index];

    /// <summary>The position of <paramref name="name"/>, or -1.</summary>
    public int IndexOf(string name) => _index.GetValueOrDefault(name, -1);

    public bool Contains(string name) => _index.ContainsKey(name);

    /// <summary>The column named <paramref name="name"/>, or null.</summary>
    public Field? Find(string name) => _index.TryGetValue(name, out var i) ? Fields[i] : null;

    public bool Equals(Schema? other) => other is not null && Fields.SequenceEqual(other.Fields);

    public override bool Equals(object? obj) => Equals(obj as Schema);

    public override int GetHashCode() => Fields.Aggregate(Fields.Length, (hash, field) => HashCode.Combine(hash, field));

    public override string ToString() => string.Join(", ", Fields.Select(f => $"{f.Name} {f.Type}"));
}
