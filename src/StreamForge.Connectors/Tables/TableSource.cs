using System.Collections.Immutable;
using StreamForge.Connectors.Files.Tables;
using StreamForge.Core;
using StreamForge.Iceberg.Spec;
using StreamForge.ObjectStores.Local;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Connectors.Tables;

/// <summary>
/// <c>type: iceberg</c>: an Iceberg table as a stream of the rows that are appended to it, in partition 0. The first snapshot that a pipeline sees is read whole; of those that follow, what each one added, in the order
/// in which they were committed. A row's segment is its data file, and its position its number in that file, from 0.
/// <para>
/// Without declared columns those of the table's current schema are taken, except the four that every table of ours carries besides its own (<c>_op</c>, <c>_source_position</c>, <c>_event_time</c>, <c>_ingest_time</c>):
/// they speak of how the row came into this table, and a table that is written from it has its own. Each of them is there when it is declared, or named as the event time. A declared column has the table's type or
/// one that holds all its values. Safe from any thread; each reader is for one.
/// </para>
/// </summary>
public sealed class TableSource : ISource
{
    private TableSource(string name, TableReference table, Schema schema, TimeProvider clock)
    {
        (Name, Table, Schema, Clock) = (name, table, schema, clock);
        Partitions = [new PartitionId(name, 0)];
    }

    public string Name { get; }

    public Schema Schema { get; }

    public IReadOnlyList<PartitionId> Partitions { get; }

    internal TableReference Table { get; }

    internal TimeProvider Clock { get; }

    /// <summary>Opens the source.</summary>
    /// <param name="name">The source's name.</param>
    /// <param name="options">Which table.</param>
    /// <param name="warehouse">The location, such as <c>file:///data/warehouse</c>, that a table's name counts from; null when none is known, and then only a path will do.</param>
    /// <param name="declared">Columns, or null for the table's own.</param>
    /// <param name="eventTime">The column that says when an event happened, or null.</param>
    /// <param name="clock">Paces the looking for new snapshots.</param>
    /// <param name="cancellation">Ends the opening.</param>
    /// <exception cref="StreamForgeException">There is no such table, or its metadata cannot be read.</exception>
    /// <exception cref="InvalidDefinitionException">A declared column is not in the table, or cannot be of that type.</exception>
    public static async Task<TableSource> OpenAsync(
        string name, IcebergSourceOptions options, string? warehouse, ImmutableArray<SchemaField>? declared, string? eventTime, TimeProvider clock, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Table is not null && warehouse is null) throw new StreamForgeException(ErrorKind.NotFound, $"source {name}: no warehouse is known that could hold the table {options.Table}; name one with storage.warehouse");
        var reference = new TableReference(new LocalObjectStore(), options, warehouse ?? "", clock);
        var (metadata, _) = await reference.LoadAsync(cancellation);
        var table = TypeMapping.ToCore(metadata.CurrentSchema);
        if (declared is { } columns) Check(columns, table, reference);
        var schema = declared is { } fields
            ? new Schema(fields.Select(f => new Field(f.Name, f.Type)))
            : new Schema(table.Fields.Where(f => !TableColumns.IsReserved(f.Name) || f.Name == eventTime));
        return new TableSource(name, reference, schema, clock);
    }

    public IPartitionReader Open(PartitionId partition, PartitionCursor start, ReadRequest request) => new TableReader(this, partition, start, request);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static void Check(ImmutableArray<SchemaField> declared, Schema table, TableReference reference)
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        foreach (var field in declared)
        {
            if (table.Find(field.Name) is not { } found)
                faults.Add(field.Location.Fault($"the table {reference} has no column '{field.Name}'{DefinitionText.Suggest(field.Name, table.Fields.Select(f => f.Name))}"));
            else if (!TableFormat.IsLossless(found.Type, field.Type))
                faults.Add(field.Location.Fault($"the column '{field.Name}' of the table {reference} is {found.Type}, and not every such value is a {field.Type}; declare it {found.Type} and use CAST in a transformation"));
        }
        if (faults.Count > 0) throw new InvalidDefinitionException(faults.ToImmutable());
    }
}
