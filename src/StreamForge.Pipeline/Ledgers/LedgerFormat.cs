using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using StreamForge.Core;

namespace StreamForge.Pipeline.Ledgers;

/// <summary>
/// Writes entries of the two ledgers as JSON objects, in the form in which people and programs list them on every host: <c>source</c>, <c>partition</c>, <c>position</c>, <c>event_time</c> where it is known,
/// <c>reason</c>, for late events <c>missed</c> and <c>watermark</c>, and <c>raw</c>. One thread at a time.
/// </summary>
/// <param name="target">Where the entries go, one after another, with nothing between them.</param>
public sealed class LedgerFormat(IBufferWriter<byte> target) : IDisposable
{
    private readonly Utf8JsonWriter _json = new(target, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public void Write(DeadLetter letter)
    {
        ArgumentNullException.ThrowIfNull(letter);
        Begin(letter.Partition, letter.Position);
        if (letter.EventTime is { } time) _json.WriteString("event_time"u8, EventTime.Format(time));
        _json.WriteString("reason"u8, letter.Reason);
        End(letter.Raw);
    }

    public void Write(LateRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        Begin(record.Partition, record.Position);
        if (record.EventTime != EventTime.MinValue) _json.WriteString("event_time"u8, EventTime.Format(record.EventTime));
        _json.WriteString("reason"u8, record.Reason ?? "the watermark had passed the end of its windows");
        _json.WriteStartArray("missed"u8);
        foreach (var window in record.Missed) _json.WriteStringValue(window);
        _json.WriteEndArray();
        if (record.Watermark != EventTime.MinValue) _json.WriteString("watermark"u8, EventTime.Format(record.Watermark));
        End(record.Raw);
    }

    private void Begin(PartitionId partition, string position)
    {
        _json.Reset(target);
        _json.WriteStartObject();
        _json.WriteString("source"u8, partition.Source);
        _json.WriteNumber("partition"u8, partition.Partition);
        _json.WriteString("position"u8, position);
    }

    private void End(byte[] raw)
    {
        // Text stays readable; bytes that are no UTF-8 are also kept exactly, as base64.
        _json.WriteString("raw"u8, Encoding.UTF8.GetString(raw));
        if (!Utf8.IsValid(raw)) _json.WriteString("raw_base64"u8, Convert.ToBase64String(raw));
        _json.WriteEndObject();
        _json.Flush();
    }

    public void Dispose() => _json.Dispose();
}
