using System.Collections.Immutable;

namespace StreamForge.Core;

/// <summary>
/// A sink in the two-step commit of a checkpoint (see the essay on the checkpoint coordinator).
/// <para>
/// Rows are written as they come. At a barrier <see cref="PrepareAsync"/> makes everything since the last barrier durable and returns what is needed to
/// make it visible; that text is published with the checkpoint. Then <see cref="CommitAsync"/> makes it visible, any number of times with the same effect,
/// also by another process after a crash. Whatever was written but is in no published checkpoint is discarded by <see cref="RecoverAsync"/>.
/// </para>
/// Used by one task at a time.
/// </summary>
public interface ISink : IAsyncDisposable
{
    string Name { get; }

    /// <summary>Whether rows wait in a checkpoint for a later commit, so that a final checkpoint is needed even when nothing was read since the last one.</summary>
    bool HasUncommitted { get; }

    /// <summary>Whether what waits has waited long enough, so that the next checkpoint is taken even when nothing was read since the last one.</summary>
    bool IsCommitDue => false;

    /// <summary>Called once before anything else: discards what no checkpoint knows.</summary>
    /// <param name="pending">The continued checkpoint's pending commit, which is committed next; null when it has none.</param>
    /// <param name="fresh">There is no checkpoint: everything will be computed from the beginning.</param>
    ValueTask RecoverAsync(string? pending, bool fresh, CancellationToken cancellation);

    /// <summary>Takes rows; the batch may be released after the task has completed.</summary>
    ValueTask WriteAsync(ColumnBatch batch, CancellationToken cancellation);

    /// <summary>Makes everything written since the last call durable, not yet visible.</summary>
    /// <param name="request">The checkpoint that it becomes part of.</param>
    /// <param name="cancellation">Abandons the checkpoint.</param>
    /// <returns>The pending commit, or null when there is nothing to commit.</returns>
    ValueTask<string?> PrepareAsync(PrepareRequest request, CancellationToken cancellation);

    /// <summary>Makes a prepared commit visible; idempotent.</summary>
    ValueTask CommitAsync(string pending, CancellationToken cancellation);
}

/// <summary>The checkpoint that a sink prepares for.</summary>
/// <param name="Checkpoint">The checkpoint's id.</param>
/// <param name="Final">The run ends with it: a sink that commits less often than every checkpoint commits all it has.</param>
/// <param name="Positions">Where each partition goes on after it, as people read it: <c>{"orders/0": "orders.csv:1024"}</c>.</param>
public sealed record PrepareRequest(long Checkpoint, bool Final, ImmutableSortedDictionary<string, string> Positions);
