using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Formats.Avro.Encodings;
using StreamForge.Formats.Avro.Schemas;

namespace StreamForge.Formats.Avro.Columns;

/// <summary>
/// Values as text: nested ones as JSON, times as ISO 8601, uuids with hyphens, bytes as base64, numbers with all their digits (NaN and infinities are null). A map of Iceberg's with keys that are no strings, an array of
/// pairs in the file, is a JSON object whose names are the keys as text.
/// </summary>
internal sealed class AvroJson(AvroSchema schema, bool quoted)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 1000, SkipValidation = true };

    private readonly ArrayBufferWriter<byte> _text = new();

    /// <summary>The next value; valid until the next call. A scalar is bare unless quotes are wanted.</summary>
    public ReadOnlySpan<byte> Read(ref AvroReader reader)
    {
        _text.ResetWrittenCount();
        if (!quoted && Scalar(ref reader, schema) is { } scalar)
        {
            _text.Advance(Encoding.UTF8.GetBytes(scalar, _text.GetSpan(Encoding.UTF8.GetMaxByteCount(scalar.Length))));
            return _text.WrittenSpan;
        }
        using (var json = new Utf8JsonWriter(_text, Options)) Write(json, ref reader, schema);
        return _text.WrittenSpan;
    }

    private static void Write(Utf8JsonWriter json, ref AvroReader reader, AvroSchema value)
    {
        switch (value.Type)
        {
            case AvroType.Null: json.WriteNullValue(); break;
            case AvroType.Boolean: json.WriteBooleanValue(reader.ReadBoolean()); break;
            case AvroType.Int or AvroType.Long when value.LogicalType is null: json.WriteNumberValue(reader.ReadLong()); break;
            case AvroType.Float: WriteNumber(json, reader.ReadFloat()); break;
            case AvroType.Double: WriteNumber(json, reader.ReadDouble()); break;
            case AvroType.Bytes or AvroType.Fixed when AvroTypes.TryDecimal(value, out _): json.WriteRawValue(Scalar(ref reader, value)!, skipInputValidation: true); break;
            case AvroType.String: json.WriteStringValue(AvroCells.ReadUtf8(ref reader)); break;
            case AvroType.Union or AvroType.Record or AvroType.Array or AvroType.Map:
                reader.Enter();
                WriteNested(json, ref reader, value);
                reader.Leave();
                break;
            default: json.WriteStringValue(Scalar(ref reader, value)); break;
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value)) json.WriteNumberValue(value);
        else json.WriteNullValue();
    }

    private static void WriteNumber(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value)) json.WriteNumberValue(value);
        else json.WriteNullValue();
    }

    private static void WriteNested(Utf8JsonWriter json, ref AvroReader reader, AvroSchema value)
    {
        switch (value.Type)
        {
            case AvroType.Union:
                Write(json, ref reader, reader.ReadBranch(value));
                break;
            case AvroType.Record:
                json.WriteStartObject();
                foreach (var field in value.Fields)
                {
                    json.WritePropertyName(field.OriginalName);
                    Write(json, ref reader, field.Schema);
                }
                json.WriteEndObject();
                break;
            case AvroType.Map:
                json.WriteStartObject();
                for (var n = reader.ReadItems(value); n > 0; n = reader.ReadItems(value))
                {
                    for (; n > 0; n--)
                    {
                        json.WritePropertyName(AvroCells.ReadUtf8(ref reader));
                        Write(json, ref reader, value.Items!);
                    }
                }
                json.WriteEndObject();
                break;
            default:
                WriteArray(json, ref reader, value);
                break;
        }
    }

    private static void WriteArray(Utf8JsonWriter json, ref AvroReader reader, AvroSchema value)
    {
        var pairs = value.LogicalType == "map" && value.Items is { Type: AvroType.Record, Fields.Length: 2 } ? value.Items : null;
        if (pairs is null) json.WriteStartArray();
        else json.WriteStartObject();
        for (var n = reader.ReadItems(value); n > 0; n = reader.ReadItems(value))
        {
            for (; n > 0; n--)
            {
                if (pairs is not null)
                {
                    var key = pairs.Fields[0].Schema;
                    json.WritePropertyName(Scalar(ref reader, key) ?? throw reader.Mismatch(key, "a scalar as the key of a map"));
                    Write(json, ref reader, pairs.Fields[1].Schema);
                }
                else
                {
                    Write(json, ref reader, value.Items!);
                }
            }
        }
        if (pairs is null) json.WriteEndArray();
        else json.WriteEndObject();
    }

    /// <summary>A scalar's text; null for types that have parts, of which nothing is read.</summary>
    private static string? Scalar(ref AvroReader reader, AvroSchema value)
    {
        switch (value.Type)
        {
            case AvroType.Boolean: return reader.ReadBoolean() ? "true" : "false";
            case AvroType.Int or AvroType.Long: return Whole(ref reader, value);
            case AvroType.Float: return reader.ReadFloat().ToString(CultureInfo.InvariantCulture);
            case AvroType.Double: return reader.ReadDouble().ToString(CultureInfo.InvariantCulture);
            case AvroType.String: return Encoding.UTF8.GetString(AvroCells.ReadUtf8(ref reader));
            case AvroType.Enum: return reader.ReadSymbol(value);
            case AvroType.Bytes or AvroType.Fixed:
                var bytes = value.Type == AvroType.Fixed ? reader.ReadFixed(value.Size) : reader.ReadBytes();
                if (AvroTypes.TryDecimal(value, out var type)) return AvroCells.TryUnscaled(bytes, out var unscaled) ? Decimal128.Format(unscaled, type.Scale) : throw reader.Damaged($"a number does not fit {type}");
                return value.LogicalType == "uuid" && bytes.Length == 16 ? new Guid(bytes, bigEndian: true).ToString() : Convert.ToBase64String(bytes);
            default: return null;
        }
    }

    private static string Whole(ref AvroReader reader, AvroSchema value)
    {
        Span<byte> text = stackalloc byte[Rfc3339.MaxLength];
        if (AvroTypes.TryTimestamp(value, out var units, out var isInstant))
        {
            var written = Rfc3339.Write(AvroCells.ReadMicros(ref reader, units), text);
            return Encoding.ASCII.GetString(text[..(isInstant || text[written - 1] != 'Z' ? written : written - 1)]);
        }
        var number = reader.ReadLong();
        switch (value.LogicalType)
        {
            case "date" when Math.Abs(number) < 700_000:
                Rfc3339.WriteDate((int)number, text);
                return Encoding.ASCII.GetString(text[..10]);
            case "time-millis" when number is >= 0 and < 86_400_000: return TimeOfDay(number * 1000);
            case "time-micros" when number is >= 0 and < EventTime.Day: return TimeOfDay(number);
            default: return number.ToString(CultureInfo.InvariantCulture);
        }
    }

    private static string TimeOfDay(long micros) => new TimeOnly(micros * TimeSpan.TicksPerMicrosecond).ToString("HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
}
