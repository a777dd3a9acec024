using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Iceberg.Spec;
using StreamForge.Iceberg.Transactions;

namespace StreamForge.Iceberg.Catalogs;

/// <summary>A table's name within a catalog.</summary>
/// <param name="Namespace">The parts before the last; possibly none.</param>
/// <param name="Table">The last part.</param>
public sealed record TableName(ImmutableArray<string> Namespace, string Table)
{
    /// <summary>Reads <c>retail.order_lines</c>.</summary>
    public static TableName Parse(string text)
    {
        var parts = text.Split('.');
        if (parts.Any(part => part.Length == 0)) throw new StreamForgeException(ErrorKind.InvalidArgument, $"'{text}' is no table name; one has parts with dots between them, such as retail.order_lines");
        return new TableName([.. parts[..^1]], parts[^1]);
    }

    public bool Equals(TableName? other) => other is not null && Table == other.Table && Namespace.SequenceEqual(other.Namespace);

    public override int GetHashCode() => Namespace.Aggregate(Table.GetHashCode(StringComparison.Ordinal), HashCode.Combine);

    public override string ToString() => string.Join('.', Namespace.Append(Table));
}

/// <summary>A table as a catalog knows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="MetadataLocation">The metadata file.</param>
/// <param name="Metadata">What stands in it.</param>
public sealed record LoadedTable(TableName Name, string MetadataLocation, TableMetadata Metadata);

/// <summary>A table to be.</summary>
/// <param name="Schema">Its columns.</param>
/// <param name="Spec">Its partitions.</param>
/// <param name="Properties">Its properties.</param>
public sealed record TableCreation(TableSchema Schema, PartitionSpec Spec, ImmutableSortedDictionary<string, string> Properties);

/// <summary>Where tables are found by name, and where a commit becomes visible in one step. Safe from any thread.</summary>
public interface ICatalog
{
    /// <exception cref="StreamForgeException">NotFound: there is no such table.</exception>
    ValueTask<LoadedTable> LoadAsync(TableName name, CancellationToken cancellation);

    /// <exception cref="StreamForgeException">Conflict: the table exists.</exception>
    ValueTask<LoadedTable> CreateAsync(TableName name, TableCreation creation, CancellationToken cancellation);

    /// <summary>Whether nobody has committed to the table since it was loaded.</summary>
    ValueTask<bool> IsCurrentAsync(LoadedTable table, CancellationToken cancellation);

    /// <summary>Makes a change visible on top of <paramref name="table"/>.</summary>
    /// <exception cref="CommitConflictException">Somebody else committed first, and nothing happened.</exception>
    /// <exception cref="StreamForgeException">Any other: the outcome is unknown.</exception>
    ValueTask<LoadedTable> CommitAsync(LoadedTable table, TableChange change, CancellationToken cancellation);

    /// <summary>All tables, by name.</summary>
    ValueTask<ImmutableArray<TableName>> ListAsync(CancellationToken cancellation);

    /// <summary>Takes a table away with all its files; one that is not there is as good as dropped.</summary>
    ValueTask DropAsync(TableName name, CancellationToken cancellation);
}
