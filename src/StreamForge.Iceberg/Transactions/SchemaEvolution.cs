using StreamForge.Core;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Iceberg.Transactions;

/// <summary>
/// Brings a table's schema to the columns that a writer has (Iceberg specification, "Schema Evolution"): new columns are added at the end, optional; int becomes long, float double, a decimal gets more digits.
/// Columns that the writer lacks stay and are null in what it writes. Anything else is refused.
/// </summary>
public static class SchemaEvolution
{
    /// <summary>The change that makes room for <paramref name="columns"/>; none when there is room.</summary>
    /// <exception cref="StreamForgeException">Conflict: a column cannot take the writer's type, or may not be null and is not written.</exception>
    public static TableChange Plan(TableMetadata metadata, Schema columns)
    {
        var schema = metadata.CurrentSchema;
        var lastId = metadata.LastColumnId;
        var fields = schema.Fields.ToBuilder();
        for (var i = 0; i < fields.Count; i++)
        {
            if (columns.Find(fields[i].Name) is { } column) fields[i] = fields[i] with { Type = Promote(metadata, fields[i], TypeMapping.ToIceberg(column.Type)) };
            else if (fields[i].Required) throw new StreamForgeException(ErrorKind.Conflict, $"the table at {metadata.Location} requires the column {fields[i].Name}, which is not written");
        }
        foreach (var column in columns.Fields)
        {
            if (schema.Fields.All(field => field.Name != column.Name)) fields.Add(new NestedField(++lastId, column.Name, Required: false, TypeMapping.ToIceberg(column.Type), TypeMapping.DocOf(column.Type)));
        }
        var wanted = new TableSchema(metadata.Schemas.Max(known => known.SchemaId) + 1, new StructType(fields.ToImmutable()), schema.IdentifierFieldIds);
        if (wanted.SameColumns(schema)) return TableChange.None;
        return new TableChange([new AssertTableUuid(metadata.TableUuid), new AssertSchema(metadata.CurrentSchemaId, metadata.LastColumnId)], [new SetSchema(wanted, lastId)]);
    }

    private static IcebergType Promote(TableMetadata metadata, NestedField field, PrimitiveType written)
    {
        if (field.Type is PrimitiveType has)
        {
            if (has == written || Holds(has, written)) return has;
            var partitioned = metadata.PartitionSpecs.Any(spec => spec.Fields.Any(part => part.SourceId == field.Id && part.Transform is not IdentityTransform));
            // A promotion must not change what a partition's transform gives: the hash of int and long is the same, of decimals by their unscaled value too.
            if (Holds(written, has) && !(partitioned && has.Kind == PrimitiveKind.Float)) return written;
        }
        throw new StreamForgeException(ErrorKind.Conflict, $"the column {field.Name} of the table at {metadata.Location} is {field.Type} and cannot become {written}; write another column or another table");
    }

    /// <summary>Whether every value of <paramref name="narrow"/> is one of <paramref name="wide"/> by the specification's promotions.</summary>
    private static bool Holds(PrimitiveType wide, PrimitiveType narrow) => (wide.Kind, narrow.Kind) switch
    {
        (PrimitiveKind.Long, PrimitiveKind.Int) or (PrimitiveKind.Double, PrimitiveKind.Float) => true,
        (PrimitiveKind.Decimal, PrimitiveKind.Decimal) => wide.Scale == narrow.Scale && wide.Precision >= narrow.Precision,
        _ => false,
    };
}
