using System.Collections.Immutable;
using System.Globalization;

namespace StreamForge.Iceberg.Spec;

/// <summary>A type of the table format (Iceberg specification, "Schemas and Data Types").</summary>
public abstract record IcebergType;

/// <summary>The primitive types; the names in JSON are the lower-case ones, with underscores in <c>timestamp_ns</c> and <c>timestamptz_ns</c>.</summary>
public enum PrimitiveKind
{
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Decimal,
    Date,

    /// <summary>Microseconds since midnight.</summary>
    Time,

    /// <summary>Microseconds since 1970-01-01T00:00:00, without a zone.</summary>
    Timestamp,

    /// <summary>Microseconds since 1970-01-01T00:00:00Z.</summary>
    TimestampTz,

    /// <summary>Nanoseconds since 1970-01-01T00:00:00, without a zone (version 3).</summary>
    TimestampNs,

    /// <summary>Nanoseconds since 1970-01-01T00:00:00Z (version 3).</summary>
    TimestampTzNs,

    String,
    Uuid,
    Fixed,
    Binary,

    /// <summary>Always null (version 3).</summary>
    Unknown,

    /// <summary>Semi-structured (version 3).</summary>
    Variant,

    /// <summary>Well-known binary (version 3).</summary>
    Geometry,

    /// <summary>Well-known binary (version 3).</summary>
    Geography,
}

/// <param name="Kind">The kind of value.</param>
/// <param name="Precision">Digits of a decimal, 1 to 38.</param>
/// <param name="Scale">Digits of a decimal after the point.</param>
/// <param name="Length">Bytes of a fixed.</param>
/// <param name="Parameters">What stands in the brackets of a geometry or geography, as written.</param>
public sealed record PrimitiveType(PrimitiveKind Kind, int Precision = 0, int Scale = 0, int Length = 0, string Parameters = "") : IcebergType
{
    public static PrimitiveType Boolean { get; } = new(PrimitiveKind.Boolean);
    public static PrimitiveType Int { get; } = new(PrimitiveKind.Int);
    public static PrimitiveType Long { get; } = new(PrimitiveKind.Long);
    public static PrimitiveType Float { get; } = new(PrimitiveKind.Float);
    public static PrimitiveType Double { get; } = new(PrimitiveKind.Double);
    public static PrimitiveType Date { get; } = new(PrimitiveKind.Date);
    public static PrimitiveType Time { get; } = new(PrimitiveKind.Time);
    public static PrimitiveType Timestamp { get; } = new(PrimitiveKind.Timestamp);
    public static PrimitiveType TimestampTz { get; } = new(PrimitiveKind.TimestampTz);
    public static PrimitiveType TimestampNs { get; } = new(PrimitiveKind.TimestampNs);
    public static PrimitiveType TimestampTzNs { get; } = new(PrimitiveKind.TimestampTzNs);
    public static PrimitiveType String { get; } = new(PrimitiveKind.String);
    public static PrimitiveType Uuid { get; } = new(PrimitiveKind.Uuid);
    public static PrimitiveType Binary { get; } = new(PrimitiveKind.Binary);
    public static PrimitiveType Unknown { get; } = new(PrimitiveKind.Unknown);

    public static PrimitiveType Decimal(int precision, int scale) => new(PrimitiveKind.Decimal, precision, scale);

    public static PrimitiveType Fixed(int length) => new(PrimitiveKind.Fixed, Length: length);

    /// <summary>Any of the four timestamps.</summary>
    public bool IsTimestamp => Kind is PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz or PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs;

    /// <summary>A timestamp in nanoseconds.</summary>
    public bool IsNanoseconds => Kind is PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs;

    /// <summary>The name in JSON, such as <c>decimal(9,2)</c> or <c>fixed[16]</c>.</summary>
    public override string ToString() => Kind switch
    {
        PrimitiveKind.Decimal => string.Create(CultureInfo.InvariantCulture, $"decimal({Precision}, {Scale})"),
        PrimitiveKind.Fixed => string.Create(CultureInfo.InvariantCulture, $"fixed[{Length}]"),
        PrimitiveKind.TimestampNs => "timestamp_ns",
        PrimitiveKind.TimestampTzNs => "timestamptz_ns",
        PrimitiveKind.Geometry or PrimitiveKind.Geography when Parameters.Length > 0 => $"{Kind.ToString().ToLowerInvariant()}({Parameters})",
        _ => Kind.ToString().ToLowerInvariant(),
    };
}

/// <summary>A field of a struct.</summary>
/// <param name="Id">Unique in the table for ever; readers find columns by it.</param>
/// <param name="Name">Its name.</param>
/// <param name="Required">No value is null.</param>
/// <param name="Type">Its type.</param>
/// <param name="Doc">A comment, or null.</param>
/// <param name="InitialDefault">The value in files that lack the field, as JSON text; null for none.</param>
/// <param name="WriteDefault">The value for writers that give none, as JSON text; null for none.</param>
public sealed record NestedField(int Id, string Name, bool Required, IcebergType Type, string? Doc = null, string? InitialDefault = null, string? WriteDefault = null);

public sealed record StructType(ImmutableArray<NestedField> Fields) : IcebergType
{
    public static StructType Empty { get; } = new([]);

    public NestedField? Find(int id) => Fields.FirstOrDefault(field => field.Id == id);

    public bool Equals(StructType? other) => other is not null && Fields.SequenceEqual(other.Fields);

    public override int GetHashCode() => Fields.Aggregate(Fields.Length, HashCode.Combine);

    public override string ToString() => $"struct<{string.Join(", ", Fields.Select(field => $"{field.Id}: {field.Name}: {(field.Required ? "required" : "optional")} {field.Type}"))}>";
}

public sealed record ListType(int ElementId, bool ElementRequired, IcebergType Element) : IcebergType
{
    public override string ToString() => $"list<{Element}>";
}

public sealed record MapType(int KeyId, IcebergType Key, int ValueId, bool ValueRequired, IcebergType Value) : IcebergType
{
    public override string ToString() => $"map<{Key}, {Value}>";
}
