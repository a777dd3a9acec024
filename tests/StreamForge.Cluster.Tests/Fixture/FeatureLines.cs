using System.Text;
using StreamForge.Core;

namespace StreamForge.Cluster.Tests.Fixture;

/// <summary>Features as text, to be compared between hosts.</summary>
internal static class FeatureLines
{
    /// <param name="at">The moment; null for now by each view's clock.</param>
    public static string[] Of(IFeatureReader reader, IEnumerable<(ViewDescription View, byte[] Key)> keys, long? at)
    {
        var row = new FeatureRow();
        var lines = new List<string>();
        foreach (var (view, key) in keys)
        {
            reader.Read(view, key, at, row);
            lines.Add(Of(view, key, row));
        }
        return [.. lines.Order(StringComparer.Ordinal)];
    }

    private static string Of(ViewDescription view, byte[] key, FeatureRow row)
    {
        var text = new StringBuilder($"{view.Name} {string.Join(',', KeyCodec.Read(key, view.Entity))} at {EventTime.Format(row.At)} newest {EventTime.FormatOrNull(row.EventTime)}:");
        for (var i = 0; i < view.Features.Length; i++) text.Append($" {view.Features[i].Name}={row.Values[i]}({row.Values[i].Status})");
        return text.ToString();
    }
}
