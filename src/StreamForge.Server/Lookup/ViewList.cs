using System.Collections.Immutable;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Server.Lookup;

/// <summary>The JSON list of views: <c>{"total", "items", "next": null}</c>, as <c>GET /v1/views</c> and <c>features list --json</c> give it.</summary>
public static class ViewList
{
    public static void Write(Utf8JsonWriter json, ImmutableArray<ViewDescription> views)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        json.WriteNumber("total", views.Length);
        json.WriteStartArray("items");
        foreach (var view in views) WriteView(json, view);
        json.WriteEndArray();
        json.WriteNull("next");
        json.WriteEndObject();
    }

    private static void WriteView(Utf8JsonWriter json, ViewDescription view)
    {
        json.WriteStartObject();
        json.WriteString("name", view.Name);
        json.WriteString("pipeline", view.Pipeline);
        json.WriteString("description", view.Description);
        json.WriteStartArray("entity");
        foreach (var field in view.Entity)
        {
            json.WriteStartObject();
            json.WriteString("name", field.Name);
            json.WriteString("type", field.Type.ToString());
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("windows");
        foreach (var window in view.Windows)
        {
            json.WriteStartObject();
            json.WriteString("name", window.Name);
            json.WriteString("resolution", window.Resolution == 0 ? null : Duration.Format(window.Resolution));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("features");
        foreach (var feature in view.Features)
        {
            json.WriteStartObject();
            json.WriteString("name", feature.Name);
            json.WriteString("type", feature.Type.ToString());
            json.WriteString("function", feature.Function);
            json.WriteString("window", feature.Window < 0 ? null : view.Windows[feature.Window].Name);
            json.WriteString("description", feature.Description);
            WhyDocument.WriteSince(json, feature.Since);
            FeatureErrorJson.Write(json, feature);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
