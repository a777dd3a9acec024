using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Features.Aggregates;

/// <summary>Results that are lists of values, as JSON text.</summary>
internal static class JsonArray
{
    private static readonly DataType Type = new(TypeKind.Array);

    public static DataType ResultType => Type;

    /// <summary>The values as one: numbers with all their digits, times and dates as text, no value as null.</summary>
    public static FeatureValue Of(IEnumerable<FeatureValue> values)
    {
        var target = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(target, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }))
        {
            json.WriteStartArray();
            foreach (var value in values) Write(json, value);
            json.WriteEndArray();
        }
        return FeatureValue.OfText(Type, Encoding.UTF8.GetString(target.WrittenSpan));
    }

    private static void Write(Utf8JsonWriter json, in FeatureValue value)
    {
        if (value.Status != FeatureStatus.Present) json.WriteNullValue();
        else if (value.Type.Kind == TypeKind.Boolean) json.WriteBooleanValue(value.Boolean);
        else if (value.Type.IsNumeric || value.Type.Kind is TypeKind.Array or TypeKind.Map or TypeKind.Row) json.WriteRawValue(value.ToString(), skipInputValidation: true);
        else json.WriteStringValue(value.ToString());
    }
}
