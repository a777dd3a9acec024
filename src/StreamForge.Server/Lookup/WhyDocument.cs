using System.Collections.Immutable;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Server.Lookup;

/// <summary>
/// The JSON that says what a number was made of: <c>GET /v1/views/{view}/why/{feature}</c> and <c>features why --json</c>.
/// <code>
/// {"view", "entity", "at", "watermark", "newest_event",
///  "feature", "type", "function", "window", "resolution", "value", "status", "effective": {"from", "to"}, "since", "tiles": [{"from", "to", "value", "rows"}],
///  "origin": {"checkpoint", "partitions": [{"source", "partition", "received", "durable", "watermark"}]}}
/// </code>
/// A derived feature has <c>expression</c> and <c>inputs</c>, each input explained like this, in place of window, resolution, effective and tiles. <c>since</c> is
/// <c>{"time", "whole_from", "positions"}</c>, or null for a feature that has counted since the log's beginning; <c>error</c> stands only where a sketch has one.
/// </summary>
public static class WhyDocument
{
    private static readonly JsonEncodedText Value = JsonValues.Name("value");

    /// <summary>Reads a feature of one key with all that it was made of, and writes it.</summary>
    /// <param name="reader">A reader that answers for the key without waiting.</param>
    /// <param name="key">The canonical key.</param>
    /// <param name="feature">A feature of the view.</param>
    /// <param name="origin">Where the state comes from; null where nobody can say.</param>
    /// <param name="row">Gets the answer, for whoever counts known keys.</param>
    /// <exception cref="StreamForgeException">NotFound when the view has no such feature; OutOfRange when <paramref name="at"/> is older than what is kept.</exception>
    public static void Write(
        Utf8JsonWriter json, IFeatureReader reader, ViewDescription view, ReadOnlySpan<byte> key, string feature, long? at, ViewOrigin? origin, FeatureRow row, NumberStyle numbers = NumberStyle.Number)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(row);
        var index = view.IndexOf(feature);
        if (index < 0) throw new StreamForgeException(ErrorKind.NotFound, $"{view.Name} has no feature '{feature}'{NearestNames.Hint(feature, view.Features.Select(f => f.Name))}");
        var names = view.Entity.Select(f => JsonValues.Name(f.Name)).ToArray();
        var described = view.Features[index];
        var tiles = described.Window >= 0 ? reader.ReadTiles(view, key, index, at, row) : [];
        if (described.Window < 0) reader.Read(view, key, at, row);
        json.WriteStartObject();
        json.WriteString("view", view.Name);
        json.WriteStartObject("entity");
        JsonValues.WriteEntity(json, view.Entity, names, key, numbers);
        json.WriteEndObject();
        ViewDocument.WriteTimes(json, row.At, row.Watermark, row.NewestEvent);
        WriteFeature(json, view, index, row, tiles, numbers);
        if (described.Window < 0)
        {
            json.WriteString("expression", described.Expression);
            json.WriteStartArray("inputs");
            var part = new FeatureRow();
            foreach (var input in described.Inputs.Select(view.IndexOf))
            {
                // Of the same moment, also where the view's now has gone on meanwhile.
                var inputTiles = reader.ReadTiles(view, key, input, at ?? (row.Found ? row.At : null), part);
                json.WriteStartObject();
                WriteFeature(json, view, input, part, inputTiles, numbers);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        Write(json, origin);
        json.WriteEndObject();
    }

    private static void WriteFeature(Utf8JsonWriter json, ViewDescription view, int index, FeatureRow row, ImmutableArray<FeatureTile> tiles, NumberStyle numbers)
    {
        var feature = view.Features[index];
        json.WriteString("feature", feature.Name);
        json.WriteString("type", feature.Type.ToString());
        json.WriteString("function", feature.Function);
        if (feature.Window >= 0)
        {
            var window = view.Windows[feature.Window];
            json.WriteString("window", window.Name);
            json.WriteString("resolution", window.Resolution == 0 ? null : Duration.Format(window.Resolution));
        }
        json.WritePropertyName(Value);
        JsonValues.Write(json, row.Values[index], numbers);
        json.WriteString("status", FeatureStatusNames.Encoded(row.Values[index].Status));
        if (feature.Window >= 0)
        {
            json.WriteStartObject("effective");
            WriteTime(json, "from", row.Effective[feature.Window].From);
            WriteTime(json, "to", row.Effective[feature.Window].To);
            json.WriteEndObject();
        }
        FeatureErrorJson.Write(json, feature);
        WriteSince(json, feature.Since);
        if (feature.Window < 0) return;
        json.WriteStartArray("tiles");
        foreach (var tile in tiles)
        {
            json.WriteStartObject();
            WriteTime(json, "from", tile.From);
            WriteTime(json, "to", tile.To);
            json.WritePropertyName(Value);
            JsonValues.Write(json, tile.Value, numbers);
            if (tile.Rows is { } rows) json.WriteNumber("rows", rows);
            else json.WriteNull("rows");
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>The property <c>since</c> of a feature.</summary>
    internal static void WriteSince(Utf8JsonWriter json, FeatureSince? since)
    {
        if (since is null)
        {
            json.WriteNull("since");
            return;
        }
        json.WriteStartObject("since");
        WriteTime(json, "time", since.Time);
        WriteTime(json, "whole_from", since.WholeFrom ?? EventTime.MinValue);
        json.WriteStartArray("positions");
        foreach (var position in since.Positions) json.WriteStringValue(position);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ViewOrigin? origin)
    {
        if (origin is null)
        {
            json.WriteNull("origin");
            return;
        }
        json.WriteStartObject("origin");
        json.WriteNumber("checkpoint", origin.Checkpoint);
        json.WriteStartArray("partitions");
        foreach (var partition in origin.Partitions)
        {
            json.WriteStartObject();
            json.WriteString("source", partition.Source);
            json.WriteNumber("partition", partition.Partition);
            json.WriteString("received", partition.Received);
            json.WriteString("durable", partition.Durable);
            WriteTime(json, "watermark", partition.Watermark);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, long time)
    {
        json.WritePropertyName(name);
        JsonValues.WriteTime(json, time);
    }
}
