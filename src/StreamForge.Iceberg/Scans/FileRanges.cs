using StreamForge.Core;
using StreamForge.Iceberg.Manifests;
using StreamForge.Iceberg.Spec;
using StreamForge.Sql.Ranges;

namespace StreamForge.Iceberg.Scans;

/// <summary>What manifests say of the columns of files, as a filter asks it (Iceberg specification, "Scan Planning"): partition values turned back into the values that they stand for, and columns' bounds and counts.</summary>
internal sealed class FileRanges(TableSchema schema)
{
    /// <summary>What a manifest list says of all files of a manifest.</summary>
    public ColumnRange OfManifest(string column, ManifestFile manifest, PartitionSpec spec)
    {
        if (Primitive(column) is not var (field, type)) return ColumnRange.Unknown;
        for (var i = 0; i < spec.Fields.Length && spec.Fields.Length == manifest.Partitions.Length; i++)
        {
            var part = spec.Fields[i];
            if (part.SourceId != field.Id) continue;
            var summary = manifest.Partitions[i];
            var result = part.Transform.ResultType(type);
            var lower = summary.Lower is { } low && SingleValue.TryRead(result, low, out var first) ? first : (Literal?)null;
            var upper = summary.Upper is { } high && SingleValue.TryRead(result, high, out var last) ? last : (Literal?)null;
            if (Between(part.Transform, type, lower, upper) is { } bounds) return new ColumnRange(bounds, NeverNull: !summary.ContainsNull, NeverNaN: summary.ContainsNaN == false);
        }
        return ColumnRange.Unknown;
    }

    /// <summary>What a manifest says of a file.</summary>
    public ColumnRange OfFile(string column, DataFile file, PartitionSpec spec) =>
        Primitive(column) is var (field, type) ? OfFile(field, type, file, spec) with { MayContain = Buckets(field, type, file, spec) } : ColumnRange.Unknown;

    private static ColumnRange OfFile(NestedField field, PrimitiveType type, DataFile file, PartitionSpec spec)
    {
        for (var i = 0; i < spec.Fields.Length; i++)
        {
            if (spec.Fields[i].SourceId != field.Id || spec.Fields[i].Transform is not IdentityTransform) continue;
            var value = file.Partition[i];
            if (value is null) return new ColumnRange(null, AlwaysNull: true);
            if (value.Value is { } number && type.Kind is PrimitiveKind.Float or PrimitiveKind.Double && double.IsNaN(number.Float)) return ColumnRange.Unknown;
            return new ColumnRange(Bounds(type, value, value), NeverNull: true, NeverNaN: true);
        }
        if (file.Column(field.Id) is { } known)
        {
            var lower = known.Lower is { } low && SingleValue.TryRead(type, low, out var first) ? first : (Literal?)null;
            var upper = known.Upper is { } high && SingleValue.TryRead(type, high, out var last) ? last : (Literal?)null;
            return new ColumnRange(Bounds(type, lower, upper), NeverNull: known.Nulls == 0, AlwaysNull: known.Nulls is { } nulls && nulls == (known.Values ?? file.Records), NeverNaN: known.NaNs == 0);
        }
        for (var i = 0; i < spec.Fields.Length; i++)
        {
            if (spec.Fields[i].SourceId != field.Id || spec.Fields[i].Transform is not (TimeTransform or TruncateTransform or BucketTransform)) continue;
            // These transforms make null of null, and of nothing else.
            var value = file.Partition[i];
            return value is null ? new ColumnRange(null, AlwaysNull: true) : new ColumnRange(Between(spec.Fields[i].Transform, type, value, value), NeverNull: true);
        }
        return ColumnRange.Unknown;
    }

    /// <summary>A file of a bucket has only values whose hash falls into it; null where the column is in no bucket.</summary>
    private static Func<Column, int, bool>? Buckets(NestedField field, PrimitiveType type, DataFile file, PartitionSpec spec)
    {
        for (var i = 0; i < spec.Fields.Length; i++)
        {
            if (spec.Fields[i].SourceId != field.Id || spec.Fields[i].Transform is not BucketTransform bucket || !TypeMapping.TryToCore(type, out var core, out _)) continue;
            // What is read as another type than it was hashed as cannot be hashed again.
            if (TypeMapping.ToIceberg(core) != type) return null;
            var partition = file.Partition[i];
            return (values, row) => !(values.Type.Kind == core.Kind || (values.Type.IsInteger && core.IsInteger)) || Value(type, values, row) is not { } value || Equals(bucket.Apply(type, value), partition);
        }
        return null;
    }

    /// <summary>A value at the table's scale; null where it has more digits than that.</summary>
    private static Literal? Value(PrimitiveType type, Column values, int row) => values is DecimalColumn decimals
        ? Decimal128.TryRescale(decimals[row], decimals.Type.Scale, type.Scale, out var unscaled) ? Literal.Of(unscaled) : null
        : Literal.Of(values, row);

    private (NestedField Field, PrimitiveType Type)? Primitive(string column) => schema.Fields.FirstOrDefault(f => f.Name == column) is { Type: PrimitiveType type } field ? (field, type) : null;

    /// <summary>The values that a transform sends to the range from <paramref name="lower"/> to <paramref name="upper"/>; null for transforms that keep no order.</summary>
    private static Column? Between(Transform transform, PrimitiveType type, Literal? lower, Literal? upper)
    {
        switch (transform)
        {
            case IdentityTransform:
                return Bounds(type, lower, upper);
            case TimeTransform time when type.Kind == PrimitiveKind.Date || type.IsTimestamp:
                var unit = type.Kind == PrimitiveKind.Date ? EventTime.Day : type.IsNanoseconds ? 0 : 1;
                if (unit == 0) return null;
                return Bounds(type,
                    lower is { } low ? Literal.Of(EventTime.FloorDivide(Start(time.Unit, (long)low.Number), unit)) : null,
                    upper is { } high ? Literal.Of(EventTime.FloorDivide(Start(time.Unit, (long)high.Number + 1) - 1, unit)) : null);
            case TruncateTransform truncate when type.Kind is PrimitiveKind.Int or PrimitiveKind.Long or PrimitiveKind.Decimal:
                return Bounds(type, lower, upper is { } most ? Greatest(type, most.Number + truncate.Width - 1) : null);
            case TruncateTransform truncate when type.Kind is PrimitiveKind.String or PrimitiveKind.Binary:
                return Bounds(type, lower, upper is { } end ? Longest(type, truncate, end) : null);
            default:
                return null;
        }
    }

    /// <summary>The greatest text that is cut to one not above <paramref name="cut"/>. One shorter than the width was not cut. No text that begins with a cut one lies above it followed by a byte that UTF-8 does not have; of binary there is no greatest.</summary>
    private static Literal? Longest(PrimitiveType type, TruncateTransform truncate, Literal cut)
    {
        if (truncate.Width > 1 && new TruncateTransform(truncate.Width - 1).Apply(type, cut) == cut) return cut;
        return type.Kind == PrimitiveKind.String ? Literal.Of([.. cut.Bytes, 0xFF]) : null;
    }

    /// <summary>A bound that the type may not be able to hold; then there is none.</summary>
    private static Literal? Greatest(PrimitiveType type, Int128 number) => type.Kind != PrimitiveKind.Decimal && number > long.MaxValue ? null : Literal.Of(number);

    /// <summary>The first microsecond of a year, month, day or hour counted from 1970.</summary>
    private static long Start(TimeUnit unit, long number) => unit switch
    {
        TimeUnit.Hour => number * EventTime.Hour,
        TimeUnit.Day => number * EventTime.Day,
        TimeUnit.Month => Iso8601.DaysFromCivil((int)(1970 + EventTime.FloorDivide(number, 12)), (int)(number - EventTime.Floor(number, 12)) + 1, 1) * EventTime.Day,
        _ => Iso8601.DaysFromCivil((int)(1970 + number), 1, 1) * EventTime.Day,
    };

    private static Column? Bounds(PrimitiveType type, Literal? lower, Literal? upper)
    {
        if (lower is null && upper is null) return null;
        if (!TypeMapping.TryToCore(type, out var core, out _)) return null;
        var bounds = Column.Create(core, 2);
        foreach (var bound in (ReadOnlySpan<Literal?>)[lower, upper])
        {
            if (bound is { } value) Values.Append(bounds, type, value);
            else bounds.AppendNull();
        }
        return bounds;
    }
}
