using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Server.Lookup;

/// <summary>The published error of a feature as JSON: the same in the listing of views and in a plan.</summary>
public static class FeatureErrorJson
{
    /// <summary>Writes <c>"error": {"relative": 0.01, "meaning": "…"}</c>; nothing for a feature that is exact.</summary>
    public static void Write(Utf8JsonWriter json, FeatureDescription feature)
    {
        if (feature.Error is not { } error) return;
        json.WriteStartObject("error");
        json.WriteNumber("relative", error.Relative);
        json.WriteString("meaning", error.Meaning);
        json.WriteEndObject();
    }
}
