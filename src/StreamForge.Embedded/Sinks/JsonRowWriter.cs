using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Embedded.Sinks;

/// <summary>
/// Writes rows as JSON Lines: numbers with all their digits, times as RFC 3339, nested values as the JSON they are, bytes as base64, NaN and infinities as null. One task at a time.
/// </summary>
/// <param name="withOps">Whether <c>_op</c> follows the columns: c, u, d or r.</param>
public sealed class JsonRowWriter(Schema schema, bool withOps = false) : IDisposable
{
    private readonly JsonEncodedText[] _names = [.. schema.Fields.Select(f => JsonEncodedText.Encode(f.Name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping))];
    private readonly Utf8JsonWriter _json = new(Stream.Null, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });

    public void Write(ColumnBatch batch, IBufferWriter<byte> target)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Write(batch, 0, batch.Count, target);
    }

    /// <summary>Writes <paramref name="count"/> rows from <paramref name="first"/> on.</summary>
    public void Write(ColumnBatch batch, int first, int count, IBufferWriter<byte> target)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(target);
        for (var row = first; row < first + count; row++)
        {
            _json.Reset(target);
            _json.WriteStartObject();
            for (var i = 0; i < _names.Length; i++)
            {
                _json.WritePropertyName(_names[i]);
                WriteValue(batch[i], schema[i].Type, row);
            }
            if (withOps) _json.WriteString("_op"u8, batch.Headers.Ops.Slice(row, 1));
            _json.WriteEndObject();
            _json.Flush();
            target.Write("\n"u8);
        }
    }

    private void WriteValue(Column column, DataType type, int row)
    {
        if (column.IsNull(row))
        {
            _json.WriteNullValue();
            return;
        }
        switch (column)
        {
            case Int64Column integers when column.Type.IsInteger: _json.WriteNumberValue(integers[row]); break;
            case DoubleColumn doubles when double.IsFinite(doubles[row]): _json.WriteNumberValue(doubles[row]); break;
            case DoubleColumn: _json.WriteNullValue(); break;
            case BooleanColumn booleans: _json.WriteBooleanValue(booleans[row] != 0); break;
            case DecimalColumn decimals: _json.WriteRawValue(Decimal128.Format(decimals[row], column.Type.Scale), skipInputValidation: true); break;
            // A table keeps nested values as text.
            case BytesColumn bytes when type.Kind is TypeKind.Array or TypeKind.Map or TypeKind.Row: _json.WriteRawValue(bytes[row], skipInputValidation: true); break;
            case BytesColumn bytes when column.Type.Kind == TypeKind.String: _json.WriteStringValue(bytes[row]); break;
            case BytesColumn bytes when column.Type.Kind == TypeKind.Bytes: _json.WriteBase64StringValue(bytes[row]); break;
            case BytesColumn bytes: _json.WriteRawValue(bytes[row], skipInputValidation: true); break;
            case Int64Column times when column.Type.IsTimestamp: WriteTime(times[row]); break;
            default: _json.WriteStringValue(FeatureValue.From(column, row).ToString()); break;
        }
    }

    private void WriteTime(long micros)
    {
        Span<byte> text = stackalloc byte[Rfc3339.MaxLength];
        _json.WriteStringValue(text[..Rfc3339.Write(micros, text)]);
    }

    public void Dispose() => _json.Dispose();
}
