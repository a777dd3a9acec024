using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace StreamForge.Formats.Avro.Schemas;

/// <summary>Writes a schema's JSON: a named type whole where it is first met and by its name afterwards.</summary>
internal sealed class AvroSchemaPrinter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly HashSet<string> _defined = new(StringComparer.Ordinal);
    private readonly Utf8JsonWriter _json;

    private AvroSchemaPrinter(Utf8JsonWriter json) => _json = json;

    public static string Print(AvroSchema schema)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text, Options)) new AvroSchemaPrinter(json).Write(schema, space: "");
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    private void Write(AvroSchema schema, string space)
    {
        switch (schema.Type)
        {
            case AvroType.Union:
                _json.WriteStartArray();
                foreach (var branch in schema.Branches) Write(branch, space);
                _json.WriteEndArray();
                return;
            case AvroType.Record or AvroType.Enum or AvroType.Fixed:
                WriteNamed(schema, space);
                return;
            case AvroType.Array or AvroType.Map:
                _json.WriteStartObject();
                _json.WriteString("type", TypeName(schema.Type));
                _json.WritePropertyName(schema.Type == AvroType.Array ? "items" : "values");
                Write(schema.Items!, space);
                WriteAttributes(schema.Attributes);
                _json.WriteEndObject();
                return;
            default:
                if (schema.Attributes.IsEmpty)
                {
                    _json.WriteStringValue(TypeName(schema.Type));
                    return;
                }
                _json.WriteStartObject();
                _json.WriteString("type", TypeName(schema.Type));
                WriteAttributes(schema.Attributes);
                _json.WriteEndObject();
                return;
        }
    }

    private void WriteNamed(AvroSchema schema, string space)
    {
        var inner = AvroSchemaParser.SpaceOf(schema.Name);
        var simple = inner.Length == 0 ? schema.Name : schema.Name[(inner.Length + 1)..];
        if (!_defined.Add(schema.Name))
        {
            _json.WriteStringValue(inner == space ? simple : schema.Name);
            return;
        }
        _json.WriteStartObject();
        _json.WriteString("type", TypeName(schema.Type));
        _json.WriteString("name", simple);
        if (inner != space) _json.WriteString("namespace", inner);
        switch (schema.Type)
        {
            case AvroType.Fixed:
                _json.WriteNumber("size", schema.Size);
                break;
            case AvroType.Enum:
                _json.WriteStartArray("symbols");
                foreach (var symbol in schema.Symbols) _json.WriteStringValue(symbol);
                _json.WriteEndArray();
                break;
            default:
                _json.WriteStartArray("fields");
                foreach (var field in schema.Fields) WriteField(field, inner);
                _json.WriteEndArray();
                break;
        }
        WriteAttributes(schema.Attributes);
        _json.WriteEndObject();
    }

    private void WriteField(AvroField field, string space)
    {
        _json.WriteStartObject();
        _json.WriteString("name", field.Name);
        _json.WritePropertyName("type");
        Write(field.Schema, space);
        if (field.Default is { } value)
        {
            _json.WritePropertyName("default");
            value.WriteTo(_json);
        }
        WriteAttributes(field.Attributes);
        _json.WriteEndObject();
    }

    private void WriteAttributes(ImmutableArray<AvroAttribute> attributes)
    {
        foreach (var attribute in attributes)
        {
            _json.WritePropertyName(attribute.Name);
            attribute.Value.WriteTo(_json);
        }
    }

    private static string TypeName(AvroType type) => type switch
    {
        AvroType.Null => "null",
        AvroType.Boolean => "boolean",
        AvroType.Int => "int",
        AvroType.Long => "long",
        AvroType.Float => "float",
        AvroType.Double => "double",
        AvroType.Bytes => "bytes",
        AvroType.String => "string",
        AvroType.Record => "record",
        AvroType.Enum => "enum",
        AvroType.Array => "array",
        AvroType.Map => "map",
        AvroType.Fixed => "fixed",
        _ => "union",
    };
}
