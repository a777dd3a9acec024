using System.Diagnostics.CodeAnalysis;
using StreamForge.Features.KeyState;
using StreamForge.Features.Reads;

namespace StreamForge.Features.Windows;

/// <summary>
/// The sessions of a session window, by key and start. After rows have been applied to a key, its tiles say which sessions there are around them (<see cref="WindowInstances.Note"/>): one that has grown or shrunk keeps its
/// start and is emitted again when its new end is reached; one that was joined to an earlier one, or whose first event has gone, is known no more by its start, and what was emitted of it is taken back; what is left
/// after its first event begins a session of its own.
/// <para>
/// Two queues hold the sessions: those that have changed by their end, and all by the moment from which on no event can touch them. An entry that has been overtaken (the session has grown meanwhile) goes back
/// with what is right when its turn comes. What is stored of a session does not say where it ends: after a restart the key's state does.
/// </para>
/// </summary>
public sealed class ClosingSessions(WindowPlan plan, ViewLayout layout) : ClosingWindow(plan, layout)
{
    private readonly Dictionary<byte[], List<Session>> _keys = new(KeyBytes.Instance);
    private readonly PriorityQueue<Session, (long End, long Number)> _due = new();
    private readonly PriorityQueue<Session, (long Final, long Number)> _final = new();
    private long _number;

    private sealed class Session(byte[] key, long start, long end)
    {
        public byte[] Key => key;

        public long Start => start;

        /// <summary>Where it ends; of one that is gone, where it would end at the earliest.</summary>
        public long End { get; set; } = end;

        public WindowRevision Revision { get; set; } = WindowRevision.New;

        /// <summary>Its entry in the queue of those that have changed; a later one takes an earlier one's place. 0 for none.</summary>
        public long Entry { get; set; }

        /// <summary>The end that the entry stands at.</summary>
        public long EntryEnd { get; set; }

        /// <summary>Whether <see cref="End"/> has been taken from the key's state.</summary>
        public bool IsSettled { get; set; } = true;
    }

    public override void Touch(ReadOnlySpan<byte> key, Span<byte> region, ViewRows rows, ReadOnlySpan<int> run)
    {
        (long First, long Last) noted = (0, -1);
        List<Session>? sessions = null;
        foreach (var row in run)
        {
            var time = rows.Times[row];
            if (noted.First <= time && time <= noted.Last) continue;
            if (!Plan.Accepts(time, rows.Watermarks[row], Layout.AllowedLateness)) continue;
            sessions ??= SessionsOf(key);
            noted = WindowInstances.Note(Layout, region, Plan, time, new Known(this, sessions, key));
        }
    }

    private List<Session> SessionsOf(ReadOnlySpan<byte> key)
    {
        var lookup = _keys.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!lookup.TryGetValue(key, out var sessions)) lookup[key] = sessions = [];
        return sessions;
    }

    private readonly ref struct Known(ClosingSessions owner, List<Session> sessions, ReadOnlySpan<byte> key) : IKnownSessions
    {
        private readonly ReadOnlySpan<byte> _key = key;

        public void Changed(WindowInstance session)
        {
            var at = Find(sessions, session.Start);
            if (at < 0)
            {
                at = ~at;
                sessions.Insert(at, new Session(sessions.Count > 0 ? sessions[0].Key : _key.ToArray(), session.Start, session.End));
                owner.Count++;
                owner.WaitForFinal(sessions[at]);
            }
            sessions[at].End = session.End;
            sessions[at].IsSettled = true;
            owner.Change(sessions[at]);
        }

        public void Gone(long from, long to)
        {
            var at = Find(sessions, from);
            for (at = at < 0 ? ~at : at; at < sessions.Count && sessions[at].Start < to; at++)
            {
                sessions[at].End = owner.Plan.EndOf(sessions[at].Start);
                sessions[at].IsSettled = true;
                if (sessions[at].Revision.IsThere) owner.Change(sessions[at]);
            }
        }
    }

    private static int Find(List<Session> sessions, long start)
    {
        int low = 0, high = sessions.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (sessions[middle].Start == start) return middle;
            if (sessions[middle].Start < start) low = middle + 1;
            else high = middle - 1;
        }
        return ~low;
    }

    private void Change(Session session)
    {
        session.Revision = session.Revision with { IsChanged = true };
        // One that has grown goes further back when its turn comes; one that has shrunk may be due before that.
        if (session.Entry == 0 || session.End < session.EntryEnd) Queue(session);
    }

    private void Queue(Session session)
    {
        (session.Entry, session.EntryEnd) = (++_number, session.End);
        _due.Enqueue(session, (session.End, session.Entry));
    }

    private void WaitForFinal(Session session) => _final.Enqueue(session, (Plan.FinalAt(session.End, Layout.AllowedLateness), ++_number));

    /// <summary>Earliest end first.</summary>
    public override bool TryTake(long watermark, bool all, KeyStates states, out long start, [NotNullWhen(true)] out byte[]? key, out WindowRevision revision)
    {
        while (_due.TryPeek(out var session, out var due) && (all || due.End <= watermark))
        {
            _due.Dequeue();
            if (due.Number != session.Entry) continue;
            Settle(session, states);
            if (!all && session.End > watermark)
            {
                Queue(session);
                continue;
            }
            session.Entry = 0;
            session.Revision = session.Revision with { IsChanged = false };
            (start, key, revision) = (session.Start, session.Key, session.Revision);
            return true;
        }
        (start, key, revision) = (0, null, default);
        return false;
    }

    private void Settle(Session session, KeyStates states)
    {
        if (session.IsSettled) return;
        session.IsSettled = true;
        if (WindowInstances.TryFind(Layout, states(session.Key), Plan, session.Start, out var found)) session.End = found.End;
    }

    public override void Emitted(long start, byte[] key, WindowRevision revision)
    {
        var sessions = _keys[key];
        sessions[Find(sessions, start)].Revision = revision;
    }

    public override void Forget(long watermark, KeyStates states)
    {
        while (_final.TryPeek(out var session, out var entry) && entry.Final <= watermark)
        {
            _final.Dequeue();
            Settle(session, states);
            var final = Plan.FinalAt(session.End, Layout.AllowedLateness);
            if (session.Entry != 0 || final > watermark)
            {
                // It has grown since, or is yet to be emitted, which what is final by this watermark will have been by the next.
                _final.Enqueue(session, (Math.Max(final, watermark + 1), entry.Number));
                continue;
            }
            var sessions = _keys[session.Key];
            sessions.RemoveAt(Find(sessions, session.Start));
            if (sessions.Count == 0) _keys.Remove(session.Key);
            Count--;
        }
    }

    public override IEnumerable<(long Start, byte[] Key, WindowRevision Revision)> All()
    {
        foreach (var (key, sessions) in _keys)
        {
            foreach (var session in sessions)
            {
                if (session.Revision is { Number: >= 0 } or { IsChanged: true }) yield return (session.Start, key, session.Revision);
            }
        }
    }

    public override void Restore(long start, byte[] key, WindowRevision revision)
    {
        var sessions = SessionsOf(key);
        var session = new Session(sessions.Count > 0 ? sessions[0].Key : key, start, Plan.EndOf(start)) { Revision = revision, IsSettled = false };
        sessions.Insert(~Find(sessions, start), session);
        Count++;
        WaitForFinal(session);
        if (revision.IsChanged) Change(session);
    }
}
