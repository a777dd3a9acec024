using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Connectors.Files.Tables;

/// <summary>The rows of a batch as JSON objects of the columns that were read, since typed rows have no bytes of their own that a person could read.</summary>
internal sealed class TableRows(Schema schema, Column[] columns) : IRawRows
{
    public ReadOnlySpan<byte> this[int row]
    {
        get
        {
            using var stream = new MemoryStream();
            using (var json = new Utf8JsonWriter(stream))
            {
                json.WriteStartObject();
                for (var i = 0; i < columns.Length; i++)
                {
                    json.WritePropertyName(schema[i].Name);
                    Write(json, FeatureValue.From(columns[i], row));
                }
                json.WriteEndObject();
            }
            return stream.GetBuffer().AsSpan(0, (int)stream.Length);
        }
    }

    private static void Write(Utf8JsonWriter json, FeatureValue value)
    {
        if (value.Status != FeatureStatus.Present) json.WriteNullValue();
        else if (value.Type.Kind is TypeKind.Int or TypeKind.BigInt or TypeKind.Double or TypeKind.Decimal or TypeKind.Boolean) json.WriteRawValue(value.ToString(), skipInputValidation: true);
        else if (value.Type.Kind is TypeKind.Array or TypeKind.Map or TypeKind.Row) json.WriteRawValue(value.Text, skipInputValidation: true);
        else json.WriteStringValue(value.ToString());
    }
}
