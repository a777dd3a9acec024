using System.Collections.Immutable;
using System.Text.Json;

namespace StreamForge.Formats.Avro.Schemas;

/// <summary>The types of Avro 1.12, section "Schema Declaration".</summary>
public enum AvroType
{
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Record,
    Enum,
    Array,
    Map,
    Union,
    Fixed,
}

/// <summary>
/// An Avro schema: a tree whose named types (record, enum, fixed) may be met again below themselves. Attributes that Avro does not define (<c>element-id</c>, <c>logicalType</c>, <c>adjust-to-utc</c>, …)
/// are kept in their order and printed again. Immutable once parsed or built; safe from any thread.
/// </summary>
public sealed class AvroSchema
{
    internal AvroSchema(AvroType type, ImmutableArray<AvroAttribute> attributes)
    {
        Type = type;
        Attributes = attributes;
        LogicalType = attributes.Text("logicalType");
        ElementId = attributes.Integer("element-id");
        KeyId = attributes.Integer("key-id");
        ValueId = attributes.Integer("value-id");
    }

    public AvroType Type { get; }

    /// <summary>The full name, with its namespace, of a record, an enum or a fixed; else empty.</summary>
    public string Name { get; internal init; } = "";

    /// <summary>A record's fields, in the order of their bytes.</summary>
    public ImmutableArray<AvroField> Fields { get; internal set; } = [];

    /// <summary>An enum's symbols.</summary>
    public ImmutableArray<string> Symbols { get; internal init; } = [];

    /// <summary>A union's branches.</summary>
    public ImmutableArray<AvroSchema> Branches { get; internal init; } = [];

    /// <summary>An array's items or a map's values; null for other types.</summary>
    public AvroSchema? Items { get; internal init; }

    /// <summary>A fixed's length in bytes.</summary>
    public int Size { get; internal init; }

    /// <summary>Every attribute that Avro does not give a meaning to beyond <see cref="LogicalType"/>, and <c>doc</c> and <c>aliases</c>.</summary>
    public ImmutableArray<AvroAttribute> Attributes { get; }

    /// <summary><c>decimal</c>, <c>timestamp-micros</c>, <c>map</c>, …; null without one.</summary>
    public string? LogicalType { get; }

    /// <summary>Iceberg's field id of an array's items.</summary>
    public int? ElementId { get; }

    /// <summary>Iceberg's field id of a map's keys.</summary>
    public int? KeyId { get; }

    /// <summary>Iceberg's field id of a map's values.</summary>
    public int? ValueId { get; }

    /// <summary>A union with a null branch.</summary>
    public bool IsOptional => Type == AvroType.Union && Branches.Any(b => b.Type == AvroType.Null);

    /// <summary>The only branch of a union that is not null; the schema itself when it is no union, or one of several types.</summary>
    public AvroSchema Unwrapped => Type == AvroType.Union && Branches.Count(b => b.Type != AvroType.Null) == 1 ? Branches.First(b => b.Type != AvroType.Null) : this;

    /// <summary>false when a value may take no bytes at all (null, a record of nulls), so that a count of such values is bounded by nothing.</summary>
    public bool TakesBytes => TakesBytesWithin([]);

    /// <summary>Reads a schema's JSON.</summary>
    /// <exception cref="StreamForge.Core.StreamForgeException">Corrupt: the text is no Avro schema; the sentence says where in it.</exception>
    public static AvroSchema Parse(string json) => AvroSchemaParser.Parse(System.Text.Encoding.UTF8.GetBytes(json));

    /// <inheritdoc cref="Parse(string)"/>
    public static AvroSchema Parse(ReadOnlyMemory<byte> json) => AvroSchemaParser.Parse(json);

    /// <summary>null, boolean, int, long, float, double, bytes or string.</summary>
    public static AvroSchema Primitive(AvroType type, params ReadOnlySpan<AvroAttribute> attributes) => new(type, [.. attributes]);

    public static AvroSchema Fixed(string name, int size, params ReadOnlySpan<AvroAttribute> attributes) => new(AvroType.Fixed, [.. attributes]) { Name = name, Size = size };

    public static AvroSchema Enum(string name, params ReadOnlySpan<string> symbols) => new(AvroType.Enum, []) { Name = name, Symbols = [.. symbols] };

    public static AvroSchema Array(AvroSchema items, params ReadOnlySpan<AvroAttribute> attributes) => new(AvroType.Array, [.. attributes]) { Items = items };

    public static AvroSchema Map(AvroSchema values, params ReadOnlySpan<AvroAttribute> attributes) => new(AvroType.Map, [.. attributes]) { Items = values };

    public static AvroSchema Record(string name, IEnumerable<AvroField> fields) => new(AvroType.Record, []) { Name = name, Fields = [.. fields] };

    public static AvroSchema Union(params ReadOnlySpan<AvroSchema> branches) => new(AvroType.Union, []) { Branches = [.. branches] };

    /// <summary><c>["null", schema]</c>, which is how Iceberg writes an optional value.</summary>
    public static AvroSchema Optional(AvroSchema schema) => Union(Primitive(AvroType.Null), schema);

    /// <summary>The schema's JSON, without blanks.</summary>
    public override string ToString() => AvroSchemaPrinter.Print(this);

    private bool TakesBytesWithin(HashSet<AvroSchema> above) => Type switch
    {
        AvroType.Null => false,
        AvroType.Fixed => Size > 0,
        AvroType.Record => above.Add(this) && Fields.Any(f => f.Schema.TakesBytesWithin(above)),
        _ => true,
    };
}

/// <summary>A field of a record.</summary>
public sealed class AvroField
{
    public AvroField(string name, AvroSchema schema, JsonElement? defaultValue = null, params ReadOnlySpan<AvroAttribute> attributes)
    {
        Name = name;
        Schema = schema;
        Default = defaultValue;
        Attributes = [.. attributes];
        FieldId = Attributes.Integer("field-id");
    }

    public string Name { get; }

    public AvroSchema Schema { get; }

    /// <summary>The JSON of the default value; null when there is none (a default of null is a JSON null).</summary>
    public JsonElement? Default { get; }

    public ImmutableArray<AvroAttribute> Attributes { get; }

    /// <summary>Iceberg's field id.</summary>
    public int? FieldId { get; }

    /// <summary>The name that the field had before it was written so that Avro allows it; else <see cref="Name"/>.</summary>
    public string OriginalName => Attributes.Text("iceberg-field-name") ?? Name;
}
