using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Server.Lookup;

/// <summary>
/// One view's JSON: the document that answers a lookup, and the parts that answers over several views are made of. Names are encoded once;
/// writing allocates nothing. Immutable, safe from any thread.
/// <code>
/// {"view": "customer_activity", "entity": {"customer_id": 17850}, "at": …, "watermark": …, "newest_event": …,
///  "features": {name: value}, "status": {name: "PRESENT"}, "effective": {window: {"from": …, "to": …}}}
/// </code>
/// Times are RFC 3339 in UTC; null where there is none (no event yet, the start of lifetime).
/// </summary>
public sealed class ViewDocument
{
    private static readonly JsonEncodedText ViewName = JsonValues.Name("view");
    private static readonly JsonEncodedText Entity = JsonValues.Name("entity");
    private static readonly JsonEncodedText At = JsonValues.Name("at");
    private static readonly JsonEncodedText Watermark = JsonValues.Name("watermark");
    private static readonly JsonEncodedText NewestEvent = JsonValues.Name("newest_event");
    private static readonly JsonEncodedText Features = JsonValues.Name("features");
    private static readonly JsonEncodedText Status = JsonValues.Name("status");
    private static readonly JsonEncodedText Effective = JsonValues.Name("effective");
    private static readonly JsonEncodedText From = JsonValues.Name("from");
    private static readonly JsonEncodedText To = JsonValues.Name("to");

    private readonly JsonEncodedText _name;
    private readonly JsonEncodedText[] _entity;
    private readonly JsonEncodedText[] _features;
    private readonly JsonEncodedText[] _windows;
    private readonly byte[][] _uniformStatus;
    private readonly ScalarText? _scalars;

    public ViewDocument(ViewDescription view)
    {
        ArgumentNullException.ThrowIfNull(view);
        View = view;
        _name = JsonValues.Name(view.Name);
        _entity = [.. view.Entity.Select(field => JsonValues.Name(field.Name))];
        _features = [.. view.Features.Select(feature => JsonValues.Name(feature.Name))];
        _windows = [.. view.Windows.Select(window => JsonValues.Name(window.Name))];
        _scalars = ScalarText.Of(_features, _windows);
        _uniformStatus = [.. Enum.GetValues<FeatureStatus>().Select(UniformStatus)];
    }

    public ViewDescription View { get; }

    internal ReadOnlySpan<JsonEncodedText> EntityNames => _entity;

    internal JsonEncodedText FeatureName(int feature) => _features[feature];

    /// <summary>Writes the whole document of one key.</summary>
    /// <param name="key">The canonical key that <paramref name="row"/> was read for.</param>
    public void Write(Utf8JsonWriter json, ReadOnlySpan<byte> key, FeatureRow row, NumberStyle numbers = NumberStyle.Number)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(row);
        json.WriteStartObject();
        json.WriteString(ViewName, _name);
        json.WriteStartObject(Entity);
        JsonValues.WriteEntity(json, View.Entity, _entity, key, numbers);
        json.WriteEndObject();
        WriteTimes(json, row.At, row.Watermark, row.NewestEvent);
        if (json.Options.Indented || _scalars?.TryWrite(json, row, numbers, Features, Status, IsUniform(row.Values) ? UniformStatusOf(row.Values) : [], Effective) != true) WriteValues(json, row, numbers);
        json.WriteEndObject();
    }

    private void WriteValues(Utf8JsonWriter json, FeatureRow row, NumberStyle numbers)
    {
        json.WriteStartObject(Features);
        for (var i = 0; i < _features.Length; i++)
        {
            json.WritePropertyName(_features[i]);
            JsonValues.Write(json, row.Values[i], numbers);
        }
        json.WriteEndObject();
        WriteStatus(json, row.Values);
        WriteEffective(json, row.Effective);
    }

    /// <summary>Writes some keys of the view: <c>{"total", "items": [{"entity": {…}}], "next": null}</c>.</summary>
    internal void WriteKeys(Utf8JsonWriter json, KeySample sample)
    {
        json.WriteStartObject();
        json.WriteNumber("total", sample.Total);
        json.WriteStartArray("items");
        foreach (var key in sample.Keys)
        {
            json.WriteStartObject();
            json.WriteStartObject(Entity);
            JsonValues.WriteEntity(json, View.Entity, _entity, key, NumberStyle.String);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNull("next");
        json.WriteEndObject();
    }

    /// <summary>Writes the tiles behind one feature of one key, with the feature's value and interval that they add up to.</summary>
    internal void WriteTiles(Utf8JsonWriter json, ReadOnlySpan<byte> key, int feature, FeatureRow row, ImmutableArray<FeatureTile> tiles, NumberStyle numbers)
    {
        var description = View.Features[feature];
        var window = View.Windows[description.Window];
        json.WriteStartObject();
        json.WriteString(ViewName, _name);
        json.WriteStartObject(Entity);
        JsonValues.WriteEntity(json, View.Entity, _entity, key, numbers);
        json.WriteEndObject();
        WriteTimes(json, row.At, row.Watermark, row.NewestEvent);
        json.WriteString("feature", _features[feature]);
        json.WriteString("function", description.Function);
        json.WriteString("window", _windows[description.Window]);
        json.WriteString("resolution", window.Resolution == 0 ? null : Duration.Format(window.Resolution));
        json.WritePropertyName("value");
        JsonValues.Write(json, row.Values[feature], numbers);
        json.WriteString(Status, FeatureStatusNames.Encoded(row.Values[feature].Status));
        json.WritePropertyName(Effective);
        WriteInterval(json, row.Effective[description.Window]);
        json.WriteStartArray("tiles");
        foreach (var tile in tiles)
        {
            json.WriteStartObject();
            WriteBounds(json, tile.From, tile.To);
            json.WritePropertyName("value");
            JsonValues.Write(json, tile.Value, numbers);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The properties <c>at</c>, <c>watermark</c> and <c>newest_event</c>.</summary>
    internal static void WriteTimes(Utf8JsonWriter json, long at, long watermark, long newestEvent)
    {
        json.WritePropertyName(At);
        JsonValues.WriteTime(json, at);
        json.WritePropertyName(Watermark);
        JsonValues.WriteTime(json, watermark);
        json.WritePropertyName(NewestEvent);
        JsonValues.WriteTime(json, newestEvent);
    }

    private void WriteStatus(Utf8JsonWriter json, ReadOnlySpan<FeatureValue> values)
    {
        json.WritePropertyName(Status);
        if (IsUniform(values) && !json.Options.Indented)
        {
            // Nearly every answer: all features present, or the key unknown. One copy instead of a property each.
            json.WriteRawValue(UniformStatusOf(values), skipInputValidation: true);
            return;
        }
        json.WriteStartObject();
        for (var i = 0; i < _features.Length; i++) json.WriteString(_features[i], FeatureStatusNames.Encoded(values[i].Status));
        json.WriteEndObject();
    }

    private ReadOnlySpan<byte> UniformStatusOf(ReadOnlySpan<FeatureValue> values) => _uniformStatus[values.IsEmpty ? 0 : (int)values[0].Status];

    private static bool IsUniform(ReadOnlySpan<FeatureValue> values)
    {
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i].Status != values[0].Status) return false;
        }
        return true;
    }

    private void WriteEffective(Utf8JsonWriter json, ReadOnlySpan<(long From, long To)> effective)
    {
        json.WriteStartObject(Effective);
        for (var i = 0; i < _windows.Length; i++)
        {
            json.WritePropertyName(_windows[i]);
            WriteInterval(json, effective[i]);
        }
        json.WriteEndObject();
    }

    private static void WriteInterval(Utf8JsonWriter json, (long From, long To) interval)
    {
        json.WriteStartObject();
        WriteBounds(json, interval.From, interval.To);
        json.WriteEndObject();
    }

    private static void WriteBounds(Utf8JsonWriter json, long from, long to)
    {
        json.WritePropertyName(From);
        JsonValues.WriteTime(json, from);
        json.WritePropertyName(To);
        JsonValues.WriteTime(json, to);
    }

    private byte[] UniformStatus(FeatureStatus status)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, JsonValues.WriterOptions);
        json.WriteStartObject();
        foreach (var feature in _features) json.WriteString(feature, FeatureStatusNames.Encoded(status));
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
