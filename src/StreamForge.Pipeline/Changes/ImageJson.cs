using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Pipeline.Changes;

/// <summary>One row as a JSON object, for ledgers: what stands for the raw event where an image, rather than an event, has to be shown.</summary>
public static class ImageJson
{
    public static byte[] Of(Schema schema, ReadOnlySpan<Column> columns, int row)
    {
        ArgumentNullException.ThrowIfNull(schema);
        var target = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(target, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        for (var i = 0; i < columns.Length; i++)
        {
            json.WritePropertyName(schema[i].Name);
            Write(json, FeatureValue.From(columns[i], row));
        }
        json.WriteEndObject();
        json.Flush();
        return target.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, FeatureValue value)
    {
        if (value.Status != FeatureStatus.Present) json.WriteNullValue();
        else if (value.Type.Kind is TypeKind.Boolean or TypeKind.Array or TypeKind.Map or TypeKind.Row || value.Type.IsNumeric) json.WriteRawValue(value.ToString(), skipInputValidation: true);
        else json.WriteStringValue(value.ToString());
    }
}
