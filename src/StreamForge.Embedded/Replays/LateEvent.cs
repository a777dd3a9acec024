using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Replays;

/// <summary>A record of the late ledger.</summary>
/// <param name="Number">Its number in the ledger, from 0.</param>
/// <param name="Time">The event's, microseconds.</param>
/// <param name="Missed">The windows that it missed, as <c>view.window</c>; none for what was no late event.</param>
internal sealed record LateEvent(long Number, string Source, string Position, long Time, ImmutableArray<string> Missed)
{
    public static LateEvent Parse(int number, string item)
    {
        using var json = JsonDocument.Parse(item);
        var root = json.RootElement;
        var time = root.TryGetProperty("event_time", out var at) && Iso8601.TryParse(Encoding.UTF8.GetBytes(at.GetString()!), out var micros, out _) ? micros : EventTime.MinValue;
        return new LateEvent(number, root.GetProperty("source").GetString()!, root.GetProperty("position").GetString()!, time, [.. root.GetProperty("missed").EnumerateArray().Select(static m => m.GetString()!)]);
    }

    /// <summary>Whether it missed a window whose instances are emitted.</summary>
    public bool Misses(ViewPlan view, WindowPlan window) => window.Closes && Missed.Contains($"{view.Name}.{window.Name}");

    /// <summary>Whether it missed any such window of a view.</summary>
    public bool Misses(ViewPlan view) => view.Layout.Windows.Any(w => Misses(view, w));
}
