using StreamForge.Cluster.Payloads;
using StreamForge.Cluster.Slices;
using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Features.Reads;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Emissions;

namespace StreamForge.Cluster.Features;

/// <summary>
/// What is known of one key's closing windows: what <see cref="ClosingWindow"/> is for all keys of a shard, for one. An instance that an event touches is <i>changed</i>; when the watermark has reached its end it is emitted,
/// as revision 0 and later as the next one, unless its values are what they were; once nothing can touch it any more it is forgotten. One thread at a time.
/// <para>Stored as: i64 final, varint instances, then of each varint window, i64 start, signed varint revision, u64 digest, u8 changed.</para>
/// </summary>
public sealed class KeyWindows
{
    // Ascending by window and start.
    private Instance[] _instances = [];

    private struct Instance
    {
        public int Window;
        public long Start;

        /// <summary>Of a session as it is now; one that is gone, or whose state has not been looked at, ends at the earliest.</summary>
        public long End;
        public WindowRevision Revision;
    }

    /// <summary>
    /// Rows to come have been judged by this watermark or a later one, microseconds. Tiles may be dropped by it less the longest closing window, since every revision is computed from all tiles of its window.
    /// </summary>
    public long Final { get; private set; } = EventTime.MinValue;

    /// <summary>Instances that are known.</summary>
    public int Count => _instances.Length;

    /// <summary>Each of them, ascending by window and start.</summary>
    internal IEnumerable<(int Window, long Start, WindowRevision Revision)> All => _instances.Select(static i => (i.Window, i.Start, i.Revision));

    /// <summary>Windows that are known from elsewhere.</summary>
    internal static KeyWindows Of(long final, IEnumerable<(int Window, long Start, WindowRevision Revision)> windows) => new()
    {
        Final = final,
        _instances = [.. windows.OrderBy(static w => (w.Window, w.Start)).Select(static w => new Instance { Window = w.Window, Start = w.Start, Revision = w.Revision })],
    };

    /// <summary>The watermark by which tiles may be dropped.</summary>
    public long Expiry(ViewLayout layout)
    {
        var longest = 0L;
        foreach (var window in layout.Windows)
        {
            if (window.Closes) longest = Math.Max(longest, window.Size);
        }
        return EventTime.SaturatingSubtract(Final, longest);
    }

    /// <summary>The least end of an instance that has changed, microseconds; null when none has.</summary>
    public long? Due()
    {
        long? due = null;
        foreach (ref readonly var instance in _instances.AsSpan())
        {
            if (instance.Revision.IsChanged && !(due <= instance.End)) due = instance.End;
        }
        return due;
    }

    /// <summary>Takes from the key's state where instances end, of which what is stored says only where they begin.</summary>
    internal void Settle(ViewLayout layout, Span<byte> state)
    {
        foreach (ref var instance in _instances.AsSpan())
        {
            var window = layout.Windows[instance.Window];
            instance.End = window.Shape == WindowShape.Session && state.Length > 0 && WindowInstances.TryFind(layout, state, window, instance.Start, out var found) ? found.End : window.EndOf(instance.Start);
        }
    }

    /// <summary>Notes the windows that rows belong to.</summary>
    /// <param name="state">The key's state, to which all of the rows have been applied.</param>
    public void Touch(ViewLayout layout, Span<byte> state, ViewRows rows, int from, int to)
    {
        for (var w = 0; w < layout.Windows.Length; w++)
        {
            if (layout.Windows[w].Shape == WindowShape.Session) TouchSessions(layout, w, state, rows, from, to);
            else if (layout.Windows[w].Closes) TouchIntervals(layout, w, rows, from, to);
        }
    }

    private void TouchIntervals(ViewLayout layout, int window, ViewRows rows, int from, int to)
    {
        var plan = layout.Windows[window];
        var touched = EventTime.MinValue;
        for (var row = from; row < to; row++)
        {
            var time = rows.Times[row];
            var first = plan.FirstStartOf(time);
            if (first == touched || !plan.Accepts(time, rows.Watermarks[row], layout.AllowedLateness) || !rows.TakesAny(row, layout.AggregateSlots)) continue;
            var last = plan.LastStartOf(time);
            for (var start = first; start <= last; start += plan.Every) Change(window, new WindowInstance(start, plan.EndOf(start)));
            if (plan.Size % plan.Every == 0) touched = first;
        }
    }

    private void TouchSessions(ViewLayout layout, int window, Span<byte> state, ViewRows rows, int from, int to)
    {
        var plan = layout.Windows[window];
        (long First, long Last) noted = (0, -1);
        for (var row = from; row < to; row++)
        {
            var time = rows.Times[row];
            if (noted.First <= time && time <= noted.Last) continue;
            if (plan.Accepts(time, rows.Watermarks[row], layout.AllowedLateness)) noted = WindowInstances.Note(layout, state, plan, time, new Sessions(this, window, plan));
        }
    }

    /// <summary>The sessions of one window among the instances.</summary>
    private readonly struct Sessions(KeyWindows owner, int window, WindowPlan plan) : IKnownSessions
    {
        public void Changed(WindowInstance session) => owner.Change(window, session);

        public void Gone(long from, long to)
        {
            foreach (ref var instance in owner._instances.AsSpan())
            {
                if (instance.Window != window || instance.Start < from || instance.Start >= to) continue;
                instance.End = plan.EndOf(instance.Start);
                if (instance.Revision.IsThere) instance.Revision.IsChanged = true;
            }
        }
    }

    private void Change(int window, WindowInstance found)
    {
        ref var instance = ref At(window, found.Start);
        instance.End = found.End;
        instance.Revision.IsChanged = true;
    }

    private ref Instance At(int window, long start)
    {
        var at = _instances.Length;
        while (at > 0 && (_instances[at - 1].Window, _instances[at - 1].Start).CompareTo((window, start)) >= 0) at--;
        if (at < _instances.Length && _instances[at].Window == window && _instances[at].Start == start) return ref _instances[at];
        var longer = new Instance[_instances.Length + 1];
        _instances.AsSpan(0, at).CopyTo(longer);
        _instances.AsSpan(at).CopyTo(longer.AsSpan(at + 1));
        longer[at] = new Instance { Window = window, Start = start, Revision = WindowRevision.New };
        _instances = longer;
        return ref _instances[at];
    }

    /// <summary>Adds the rows of the instances that have changed and whose end the watermark has reached, and forgets those that take nothing any more.</summary>
    /// <param name="state">The key's state, which nobody writes meanwhile.</param>
    /// <returns>Whether there is anything that must be written.</returns>
    public bool Close(ViewLayout layout, CloseRequest time, ReadOnlySpan<byte> key, Span<byte> state, ClosedWindowRows rows)
    {
        var taken = false;
        foreach (ref var instance in _instances.AsSpan())
        {
            if (!instance.Revision.IsChanged) continue;
            if (instance.End > time.Watermark)
            {
                // Storage may know a session as one that ends at the earliest, where its state came from another host.
                taken |= time.IsStored && layout.Windows[instance.Window].EndOf(instance.Start) <= time.Watermark;
                continue;
            }
            taken = true;
            instance.Revision.IsChanged = false;
            rows.Emit(instance.Window, instance.Start, key, state, ref instance.Revision);
        }
        Final = Math.Max(Final, Math.Min(time.Final, time.Watermark));
        Forget(layout);
        return taken;
    }

    private void Forget(ViewLayout layout)
    {
        var kept = 0;
        foreach (ref readonly var instance in _instances.AsSpan())
        {
            if (IsOpen(layout, instance)) kept++;
        }
        if (kept < _instances.Length) _instances = Array.FindAll(_instances, i => IsOpen(layout, i));
    }

    private bool IsOpen(ViewLayout layout, in Instance instance) =>
        instance.Revision.IsChanged || layout.Windows[instance.Window].FinalAt(instance.End, layout.AllowedLateness) > Final;

    internal void Write(PayloadWriter writer)
    {
        writer.Int64(Final);
        writer.Varint((ulong)_instances.Length);
        foreach (ref readonly var instance in _instances.AsSpan())
        {
            writer.Varint((ulong)instance.Window);
            writer.Int64(instance.Start);
            writer.Signed(instance.Revision.Number);
            writer.UInt64(instance.Revision.Digest);
            writer.Byte(instance.Revision.IsChanged ? (byte)1 : (byte)0);
        }
    }

    internal static KeyWindows Read(ref PayloadReader reader)
    {
        var result = new KeyWindows { Final = reader.Int64(), _instances = new Instance[reader.Count(19)] };
        foreach (ref var instance in result._instances.AsSpan())
        {
            instance.Window = reader.Count();
            instance.Start = reader.Int64();
            instance.Revision = new WindowRevision((int)reader.Signed(), reader.UInt64(), reader.Byte() != 0);
        }
        return result;
    }
}
