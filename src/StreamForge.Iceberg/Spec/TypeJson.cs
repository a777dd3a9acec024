using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace StreamForge.Iceberg.Spec;

/// <summary>Types and schemas as JSON (specification, appendix C, "Schemas").</summary>
internal static class TypeJson
{
    public static TableSchema ReadSchema(MetadataJson json)
    {
        if (json.Find("type")?.Text() != "struct") throw json.Fault("is no schema: it has no member 'type' that says \"struct\"");
        var ids = json.Find("identifier-field-ids")?.Items().Select(id => id.Int()).ToImmutableArray() ?? [];
        try
        {
            return new TableSchema(json.Find("schema-id")?.Int() ?? 0, ReadStruct(json), ids);
        }
        catch (ArgumentException e)
        {
            throw json.Fault($"is no schema: {e.Message}");
        }
    }

    private static StructType ReadStruct(MetadataJson json) => new([.. json.Member("fields").Items().Select(ReadField)]);

    private static NestedField ReadField(MetadataJson json) => new(
        json.Member("id").Int(), json.Member("name").Text(), json.Member("required").Flag(), ReadType(json.Member("type")), json.Find("doc")?.Text(),
        json.Find("initial-default")?.Element.GetRawText(), json.Find("write-default")?.Element.GetRawText());

    private static IcebergType ReadType(MetadataJson json)
    {
        if (json.IsText) return TryParse(json.Text(), out var primitive) ? primitive : throw json.Fault($"names the unknown type '{json.Text()}'");
        return json.Member("type").Text() switch
        {
            "struct" => ReadStruct(json),
            "list" => new ListType(json.Member("element-id").Int(), json.Member("element-required").Flag(), ReadType(json.Member("element"))),
            "map" => new MapType(json.Member("key-id").Int(), ReadType(json.Member("key")), json.Member("value-id").Int(), json.Member("value-required").Flag(), ReadType(json.Member("value"))),
            var other => throw json.Fault($"names the unknown type '{other}'"),
        };
    }

    /// <summary>Reads a primitive type's name, such as <c>decimal(9, 2)</c>.</summary>
    public static bool TryParse(string text, out PrimitiveType type)
    {
        var name = text;
        var inside = "";
        var open = text.AsSpan().IndexOfAny('(', '[');
        if (open >= 0)
        {
            type = PrimitiveType.Unknown;
            if (text[^1] != (text[open] == '(' ? ')' : ']')) return false;
            name = text[..open].TrimEnd();
            inside = text[(open + 1)..^1];
        }
        type = name switch
        {
            "timestamp_ns" => PrimitiveType.TimestampNs,
            "timestamptz_ns" => PrimitiveType.TimestampTzNs,
            "decimal" when TryNumbers(inside, out var precision, out var scale) && precision is >= 1 and <= 38 && scale <= precision => PrimitiveType.Decimal(precision, scale),
            "fixed" when int.TryParse(inside, NumberStyles.None, CultureInfo.InvariantCulture, out var length) => PrimitiveType.Fixed(length),
            "geometry" or "geography" => new PrimitiveType(name == "geometry" ? PrimitiveKind.Geometry : PrimitiveKind.Geography, Parameters: inside),
            "boolean" or "int" or "long" or "float" or "double" or "date" or "time" or "timestamp" or "timestamptz" or "string" or "uuid" or "binary" or "unknown" or "variant" when open < 0 =>
                new PrimitiveType(Enum.Parse<PrimitiveKind>(name, ignoreCase: true)),
            _ => null!,
        };
        return type is not null;
    }

    private static bool TryNumbers(string text, out int first, out int second)
    {
        second = 0;
        var comma = text.IndexOf(',', StringComparison.Ordinal);
        first = 0;
        return comma > 0 && int.TryParse(text.AsSpan(0, comma).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out first) &&
            int.TryParse(text.AsSpan(comma + 1).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out second);
    }

    public static void Write(Utf8JsonWriter json, TableSchema schema)
    {
        json.WriteStartObject();
        json.WriteString("type", "struct");
        json.WriteNumber("schema-id", schema.SchemaId);
        if (schema.IdentifierFieldIds.Length > 0)
        {
            json.WriteStartArray("identifier-field-ids");
            foreach (var id in schema.IdentifierFieldIds) json.WriteNumberValue(id);
            json.WriteEndArray();
        }
        WriteFields(json, schema.Columns);
        json.WriteEndObject();
    }

    private static void WriteFields(Utf8JsonWriter json, StructType type)
    {
        json.WriteStartArray("fields");
        foreach (var field in type.Fields)
        {
            json.WriteStartObject();
            json.WriteNumber("id", field.Id);
            json.WriteString("name", field.Name);
            json.WriteBoolean("required", field.Required);
            Write(json, "type", field.Type);
            if (field.Doc is not null) json.WriteString("doc", field.Doc);
            WriteRaw(json, "initial-default", field.InitialDefault);
            WriteRaw(json, "write-default", field.WriteDefault);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteRaw(Utf8JsonWriter json, string name, string? value)
    {
        if (value is null) return;
        json.WritePropertyName(name);
        json.WriteRawValue(value);
    }

    private static void Write(Utf8JsonWriter json, string name, IcebergType type)
    {
        if (type is PrimitiveType primitive)
        {
            json.WriteString(name, primitive.ToString());
            return;
        }
        json.WriteStartObject(name);
        switch (type)
        {
            case StructType nested:
                json.WriteString("type", "struct");
                WriteFields(json, nested);
                break;
            case ListType list:
                json.WriteString("type", "list");
                json.WriteNumber("element-id", list.ElementId);
                Write(json, "element", list.Element);
                json.WriteBoolean("element-required", list.ElementRequired);
                break;
            case MapType map:
                json.WriteString("type", "map");
                json.WriteNumber("key-id", map.KeyId);
                Write(json, "key", map.Key);
                json.WriteNumber("value-id", map.ValueId);
                Write(json, "value", map.Value);
                json.WriteBoolean("value-required", map.ValueRequired);
                break;
        }
        json.WriteEndObject();
    }
}
