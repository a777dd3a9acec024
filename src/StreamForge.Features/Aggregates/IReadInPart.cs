namespace StreamForge.Features.Aggregates;

/// <summary>
/// An aggregate whose results come from the ends of what it keeps, so that reading many accumulators at once need not join all of them. A slot that several aggregates share is read as far as all of
/// them need.
/// </summary>
public interface IReadInPart : IAggregate
{
    /// <summary>How many of the least and of the greatest keys the result is computed from; <see cref="int.MaxValue"/> for all.</summary>
    (int Least, int Greatest) Ends { get; }

    /// <summary>The same aggregate, read as far as <paramref name="ends"/> say too.</summary>
    IReadInPart ReadTo((int Least, int Greatest) ends);

    /// <summary>Heap bytes that <see cref="MergeEnds"/> may need at most.</summary>
    int MergeEndsNeed(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> other);

    /// <summary>
    /// Adds as much of what <paramref name="other"/> has counted as results are computed from. What this makes is good for Finish alone. An accumulator that owes rows to others is joined before them.
    /// </summary>
    void MergeEnds(Span<byte> slot, ref Heap heap, ReadOnlySpan<byte> other, ReadOnlySpan<byte> otherHeap);
}
