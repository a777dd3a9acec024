using System.Text.Json;

namespace StreamForge.Tests.Cluster.Simulation;

/// <summary>A row of a closed window, apart: which window, which revision, and the rest.</summary>
internal sealed record ClosedWindow(string Key, string Window, string Start, string End, long Revision, string Op, string Values)
{
    public (string Key, string Window, string Start) Identity => (Key, Window, Start);

    /// <summary>The events that it counts.</summary>
    public required long Count { get; init; }

    public static ClosedWindow Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        var row = document.RootElement;
        var values = row.EnumerateObject().Where(p => p.Name is not ("revision" or "op")).Select(p => $"{p.Name}={p.Value.GetRawText()}");
        return new ClosedWindow(
            row.GetProperty("product").GetRawText(), row.GetProperty("window").GetString()!, row.GetProperty("window_start").GetString()!, row.GetProperty("window_end").GetString()!,
            row.GetProperty("revision").GetInt64(), row.GetProperty("op").GetString()!, string.Join(' ', values))
        { Count = row.GetProperty("n").GetInt64() };
    }
}
