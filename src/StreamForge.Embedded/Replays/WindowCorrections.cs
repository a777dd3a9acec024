using System.Buffers;
using System.Text.Json.Nodes;
using StreamForge.Core;
using StreamForge.Embedded.Sinks;
using StreamForge.Features.KeyState;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Emissions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Replays;

/// <summary>
/// What a sink was given of a view's closed windows beside what it should have been given. Instances that only exist together are judged together (<see cref="Group"/>): a tumbling or hopping window alone; of sessions all that overlap, as an
/// event that was missed may have made one of two, and one that was taken out too late two of one.
/// <para>
/// A group is corrected when a late event lies in it and nothing more can come into it: what is missing is given with op c, what has other values with op u, and what is gone with op d and the values over nothing, each as the next
/// revision of its identity.
/// </para>
/// </summary>
internal sealed class WindowCorrections
{
    private readonly ViewPlan _view;
    private readonly long _watermark;
    private readonly List<Group> _groups = [];

    /// <param name="given">What the sink was given.</param>
    /// <param name="right">What comes of the whole history.</param>
    /// <param name="watermark">The state's.</param>
    public WindowCorrections(ViewPlan view, EmittedWindows given, EmittedWindows right, long watermark)
    {
        (_view, _watermark) = (view, watermark);
        var keys = view.Entity.Select(static e => e.Key.Name).ToArray();
        var instances = new Dictionary<(string Window, string Key), SortedDictionary<long, Instance>>();
        foreach (var row in given.Rows) Find(row).Given = row;
        foreach (var row in right.Rows.Where(IsThere)) Find(row).Right = row;
        foreach (var ((name, _), found) in instances.OrderBy(static i => i.Key.Window, StringComparer.Ordinal).ThenBy(static i => i.Key.Key, StringComparer.Ordinal))
        {
            var window = view.Layout.Windows.FirstOrDefault(w => w.Name == name && w.Closes);
            if (window is null) continue;
            Group? group = null;
            foreach (var instance in found.Values.Where(static i => i.Right is not null || IsThere(i.Given)))
            {
                if (group is null || window.Shape != WindowShape.Session || instance.Start >= group.End) _groups.Add(group = new Group(window, []));
                group.Instances.Add(instance);
            }
        }

        Instance Find(JsonObject row)
        {
            var key = ((string)row["window"]!, string.Join('\n', keys.Select(k => row[k]?.ToJsonString() ?? "null")));
            if (!instances.TryGetValue(key, out var found)) instances[key] = found = [];
            var start = Time(row, "window_start");
            if (!found.TryGetValue(start, out var instance)) found[start] = instance = new Instance(start);
            return instance;
        }
    }

    private sealed class Instance(long start)
    {
        public long Start => start;

        public JsonObject? Given { get; set; }

        public JsonObject? Right { get; set; }

        public long End => Math.Max(IsThere(Given) ? Time(Given!, "window_end") : start, Right is null ? start : Time(Right, "window_end"));
    }

    private sealed record Group(WindowPlan Window, List<Instance> Instances)
    {
        public long End => Instances.Max(static i => i.End);

        public bool Holds(long time) => Instances.Exists(i => i.Start <= time && time < i.End);
    }

    private static bool IsThere(JsonObject? row) => row is not null && (string?)row["op"] != "d";

    private static long Time(JsonObject row, string column) => Iso8601.TryParse(System.Text.Encoding.UTF8.GetBytes((string)row[column]!), out var micros, out _) ? micros : EventTime.MinValue;

    private long FinalAt(Group group) => group.Window.FinalAt(group.End, _view.Layout.AllowedLateness);

    /// <summary>Whether an event may lie in a group. A view with a time of its own does not tell by the event which instances it was; those that the sink was given are looked at.</summary>
    private bool Concerns(Group group, LateEvent late) =>
        late.Misses(_view, group.Window) && (_view.EventTime is null ? group.Holds(late.Time) : group.Instances.Exists(static i => IsThere(i.Given)));

    /// <summary>Why an event cannot be put right yet; null when it can.</summary>
    public string? Obstacle(LateEvent late) =>
        _view.EventTime is null && _groups.FirstOrDefault(g => Concerns(g, late) && FinalAt(g) > _watermark) is { } open
            ? $"its window {open.Window.Name} of {_view.Name} still takes events, until the watermark reaches {EventTime.Format(FinalAt(open))}"
            : null;

    /// <summary>The rows that put right what any of these events has missed, where nothing more can come into it.</summary>
    public List<JsonObject> Rows(IReadOnlyCollection<LateEvent> events)
    {
        var rows = new List<JsonObject>();
        foreach (var group in _groups.Where(g => FinalAt(g) <= _watermark && events.Any(e => Concerns(g, e)))) rows.AddRange(group.Instances.Select(i => Correction(group.Window, i)).OfType<JsonObject>());
        return rows;
    }

    private JsonObject? Correction(WindowPlan window, Instance instance)
    {
        var isGiven = IsThere(instance.Given);
        if (isGiven && instance.Right is { } same && Values(instance.Given!) == Values(same)) return null;
        var row = instance.Right?.DeepClone().AsObject() ?? Nothing(window, instance.Given!);
        row["revision"] = instance.Given is { } last ? (long)last["revision"]! + 1 : 0;
        row["op"] = instance.Right is null ? "d" : isGiven ? "u" : "c";
        return row;
    }

    /// <summary>All that readers see of an instance; of sessions where it ends, too.</summary>
    private static string Values(JsonObject row) => string.Join('\n', row.Where(static c => c.Key is not ("revision" or "op")).Select(static c => $"{c.Key} {c.Value?.ToJsonString() ?? "null"}"));

    /// <summary>A row of the instance with the values over nothing.</summary>
    private JsonObject Nothing(WindowPlan window, JsonObject given)
    {
        var key = CorrectedRows.KeyOf(_view, given);
        var state = new byte[KeyState.InitialSize(_view.Layout, key.Length)];
        KeyState.Initialize(state, _view.Layout, key);
        var rows = new ClosedWindowRows(_view);
        var revision = new WindowRevision((int)(long)given["revision"]!, Digest: 1, IsChanged: true);
        rows.Emit(_view.Layout.Windows.IndexOf(window), Time(given, "window_start"), key, state, ref revision);
        var batch = rows.Take(ReplayLog.Partition, 0, _watermark);
        var text = new ArrayBufferWriter<byte>();
        using (var json = new JsonRowWriter(batch.Schema)) json.Write(batch, text);
        batch.Release();
        return JsonNode.Parse(text.WrittenSpan)!.AsObject();
    }
}
