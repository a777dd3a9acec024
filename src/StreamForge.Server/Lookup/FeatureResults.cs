using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Server.Lookup;

/// <summary>
/// The answer of <c>POST /v1/features:get</c>, written entity by entity while it is read:
/// <c>{"results": [{"entity", "features", "status", "event_time"}], "at", "watermark", "newest_event"}</c>.
/// Over several views <c>event_time</c> is the newest of the entity's keys, <c>at</c> and <c>newest_event</c> are the newest and <c>watermark</c> the oldest of all reads.
/// </summary>
internal sealed class FeatureResults
{
    private static readonly JsonEncodedText Results = JsonValues.Name("results");
    private static readonly JsonEncodedText Entity = JsonValues.Name("entity");
    private static readonly JsonEncodedText Features = JsonValues.Name("features");
    private static readonly JsonEncodedText Status = JsonValues.Name("status");
    private static readonly JsonEncodedText EventTimeName = JsonValues.Name("event_time");

    private readonly IFeatureReader _reader;
    private readonly FeatureSelection _selection;
    private readonly EntityKeys _keys;
    private readonly long? _at;
    private readonly NumberStyle _numbers;
    private readonly FeatureRow[] _rows;
    private long _readAt = EventTime.MinValue;
    private long _watermark = long.MaxValue;
    private long _newestEvent = EventTime.MinValue;
    private int _next;

    public FeatureResults(IFeatureReader reader, FeatureSelection selection, EntityKeys keys, long? at, NumberStyle numbers)
    {
        _reader = reader;
        _selection = selection;
        _keys = keys;
        _at = at;
        _numbers = numbers;
        _rows = [.. selection.Views.Select(_ => new FeatureRow())];
    }

    /// <summary>Counts the keys that were read, known or not, of one of the selected views.</summary>
    public required Action<ViewDocument, bool> Counted { get; init; }

    /// <summary>Writes on until at least <paramref name="enough"/> bytes more are written or the answer is complete.</summary>
    /// <returns>Whether the answer is complete.</returns>
    public bool Write(Utf8JsonWriter json, int enough)
    {
        var limit = json.BytesCommitted + json.BytesPending + enough;
        if (_next == 0)
        {
            json.WriteStartObject();
            json.WriteStartArray(Results);
        }
        for (; _next < _keys.Count; _next++)
        {
            if (json.BytesCommitted + json.BytesPending >= limit) return false;
            Read(_next);
            WriteOne(json, _next);
        }
        json.WriteEndArray();
        ViewDocument.WriteTimes(json, _readAt, _watermark == long.MaxValue ? EventTime.MinValue : _watermark, _newestEvent);
        json.WriteEndObject();
        return true;
    }

    private void Read(int entity)
    {
        for (var view = 0; view < _rows.Length; view++)
        {
            var row = _rows[view];
            var document = _selection.Views[view].Document;
            _reader.Read(document.View, _keys[entity, view], _at, row);
            _readAt = Math.Max(_readAt, row.At);
            _watermark = Math.Min(_watermark, row.Watermark);
            _newestEvent = Math.Max(_newestEvent, row.NewestEvent);
            Counted(document, row.Found);
        }
    }

    private void WriteOne(Utf8JsonWriter json, int entity)
    {
        json.WriteStartObject();
        json.WriteStartObject(Entity);
        var eventTime = EventTime.MinValue;
        for (var view = 0; view < _rows.Length; view++)
        {
            WriteEntity(json, _selection.Views[view], _keys[entity, view]);
            eventTime = Math.Max(eventTime, _rows[view].EventTime);
        }
        json.WriteEndObject();
        json.WriteStartObject(Features);
        foreach (var feature in _selection.Features)
        {
            json.WritePropertyName(feature.Name);
            JsonValues.Write(json, _rows[feature.View].Values[feature.Feature], _numbers);
        }
        json.WriteEndObject();
        json.WriteStartObject(Status);
        foreach (var feature in _selection.Features)
            json.WriteString(feature.Name, FeatureStatusNames.Encoded(_rows[feature.View].Values[feature.Feature].Status));
        json.WriteEndObject();
        json.WritePropertyName(EventTimeName);
        JsonValues.WriteTime(json, eventTime);
        json.WriteEndObject();
    }

    private void WriteEntity(Utf8JsonWriter json, SelectedView view, ReadOnlySpan<byte> key)
    {
        var reader = new KeyReader(key);
        for (var i = 0; reader.Read(); i++)
        {
            if (!view.Echoes[i]) continue;
            json.WritePropertyName(view.Document.EntityNames[i]);
            JsonValues.WriteKey(json, ref reader, view.Document.View.Entity[i].Type, _numbers);
        }
    }
}
