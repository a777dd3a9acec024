using System.Diagnostics.CodeAnalysis;
using StreamForge.Core;
using StreamForge.Features.KeyState;

namespace StreamForge.Features.Windows;

/// <summary>The state of a key, which nobody writes meanwhile.</summary>
public delegate Span<byte> KeyStates(ReadOnlySpan<byte> key);

/// <summary>
/// What is known of one closing window of a view in one shard: which (key, start) hold events, which of them have been emitted, at which revision, and which have changed since.
/// <para>
/// A window instance is <i>touched</i> by every row that it takes, whether the row is added or taken out. While its end lies ahead of the watermark, that makes it one to emit; when the watermark reaches the end
/// (<see cref="TryTake"/>) it is emitted for the first time, as revision 0. A row that comes later but is still taken touches it again, and it is emitted
/// as the next revision, unless its values are what they were; when nothing is left in it, the next revision says that it is gone. Once the watermark has passed the point up to which its last tile takes events
/// (<see cref="WindowPlan.FinalAt"/>) nothing can touch it any more and it is forgotten (<see cref="Forget"/>). What is kept is therefore bounded by the instances that can still change, as
/// the tiles are.
/// </para>
/// <para>Tumbling and hopping windows begin and end at fixed times (<see cref="ClosingIntervals"/>); sessions are where the events are (<see cref="ClosingSessions"/>).</para>
/// One thread.
/// </summary>
/// <param name="plan">A window that closes.</param>
/// <param name="layout">The view's.</param>
public abstract class ClosingWindow(WindowPlan plan, ViewLayout layout)
{
    public static ClosingWindow Of(WindowPlan plan, ViewLayout layout) => plan.Shape == WindowShape.Session ? new ClosingSessions(plan, layout) : new ClosingIntervals(plan, layout);

    public WindowPlan Plan => plan;

    protected ViewLayout Layout => layout;

    /// <summary>Instances that are known.</summary>
    public int Count { get; protected set; }

    /// <summary>Notes the instances that rows of a key belong to.</summary>
    /// <param name="region">The key's state, to which all of the rows have been applied.</param>
    public abstract void Touch(ReadOnlySpan<byte> key, Span<byte> region, ViewRows rows, ReadOnlySpan<int> run);

    /// <summary>The next instance that has changed and whose end the watermark has reached; it counts as unchanged from here on.</summary>
    /// <param name="watermark">Microseconds.</param>
    /// <param name="all">Also those whose end lies ahead.</param>
    /// <param name="states">The keys' states.</param>
    /// <param name="revision">What was emitted last; the caller gives the new one to <see cref="Emitted"/>.</param>
    /// <returns>false when there is none.</returns>
    public abstract bool TryTake(long watermark, bool all, KeyStates states, out long start, [NotNullWhen(true)] out byte[]? key, out WindowRevision revision);

    /// <summary>Notes what an instance that was taken has been emitted with.</summary>
    public abstract void Emitted(long start, byte[] key, WindowRevision revision);

    /// <summary>Forgets the instances that take no event any more.</summary>
    /// <param name="watermark">Every event to come has been judged by this watermark or a later one.</param>
    /// <param name="states">The keys' states.</param>
    public abstract void Forget(long watermark, KeyStates states);

    /// <summary>Everything that is known.</summary>
    public abstract IEnumerable<(long Start, byte[] Key, WindowRevision Revision)> All();

    /// <summary>Takes over what <see cref="All"/> gave.</summary>
    public abstract void Restore(long start, byte[] key, WindowRevision revision);
}

/// <summary>What has been emitted of one window of one key.</summary>
/// <param name="Number">The last revision; -1 before the first.</param>
/// <param name="Digest">XXH64 of the values that were emitted with it, never 0; 0 when nothing was, or that it is gone.</param>
/// <param name="IsChanged">Whether a row has come since.</param>
public record struct WindowRevision(int Number, ulong Digest, bool IsChanged)
{
    public static WindowRevision New => new(-1, 0, IsChanged: false);

    /// <summary>Whether readers of what was emitted have the window.</summary>
    public readonly bool IsThere => Digest != 0;
}

/// <summary>Canonical keys by their bytes, to be looked up without an array of their own.</summary>
public sealed class KeyBytes : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static KeyBytes Instance { get; } = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

    public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)(XxHash64.Hash(alternate) >> 16);

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
