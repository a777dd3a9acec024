using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Server.Lookup;

/// <summary>The words for <see cref="FeatureStatus"/> in JSON; they are Feast's.</summary>
public static class FeatureStatusNames
{
    private static readonly JsonEncodedText Present = JsonEncodedText.Encode("PRESENT");
    private static readonly JsonEncodedText NullValue = JsonEncodedText.Encode("NULL_VALUE");
    private static readonly JsonEncodedText NotFound = JsonEncodedText.Encode("NOT_FOUND");
    private static readonly JsonEncodedText OutsideMaxAge = JsonEncodedText.Encode("OUTSIDE_MAX_AGE");

    public static string Name(this FeatureStatus status) => Encoded(status).Value;

    internal static JsonEncodedText Encoded(FeatureStatus status) => status switch
    {
        FeatureStatus.Present => Present,
        FeatureStatus.NullValue => NullValue,
        FeatureStatus.NotFound => NotFound,
        _ => OutsideMaxAge,
    };
}
