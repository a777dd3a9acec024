using System.Collections.Immutable;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Records;
using StreamForge.Core;
using StreamForge.Pipeline.Watermarks;

namespace StreamForge.Cluster.Partitions;

/// <summary>What a partition's record is to become.</summary>
/// <param name="Batches">So many of the outstanding batches become durable by it.</param>
/// <param name="IsClosing">Until it is written no batch may be taken: the bounds of those to come change, or the leave to judge them ends.</param>
internal sealed record PartitionChange(int Batches, PartitionRecord Content, bool IsClosing);

/// <summary>
/// Keeps a partition's record: which batches have become durable, by which bounds of time events are judged, and up to which offset its owner has leave to judge them (see docs/cluster.md, "Time").
/// <see cref="Next"/> says what is to be written, if anything is, and <see cref="WriteAsync"/> writes it; in between nothing else may change the partition's durable position. Used as its <see cref="PartitionProcess"/> is.
/// </summary>
internal sealed class PartitionKeeper(PartitionSettings settings, PartitionLog log, BoundsJournal journal, PartitionIntake intake, FencedRecord<PartitionRecord> record)
{
    /// <summary>After so many looks without a write it is looked whether the record is still this activation's.</summary>
    private const int QuietLooks = 10;

    private long _judged = record.Stored!.Judged;
    private long _judgedHere = record.Stored!.Judged;
    private long _written = record.Stored!.Durable;
    private int _quietLooks;

    /// <summary>What a write waits for, in one sentence; null while none does.</summary>
    public string? Waiting => record.Waiting;

    /// <summary>Whether there is leave to judge events up to an offset.</summary>
    public bool MayJudge(long end) => end <= _judged;

    /// <summary>Events up to an offset have been judged.</summary>
    public void Judged(long end) => _judgedHere = Math.Max(_judgedHere, end);

    /// <summary>What is to be written: batches that have become durable, new bounds, or leave to judge further; null when nothing is.</summary>
    /// <param name="judge">The offset up to which events are about to be judged; 0 when none are.</param>
    /// <param name="isIdle">Whether the partition has been idle for long.</param>
    /// <param name="time">How the other partitions are; null while that is not known.</param>
    public PartitionChange? Next(long judge, bool isIdle, PipelineTime? time)
    {
        var batches = log.WithinImages(log.Settled, settings.MostImagesAtOnce);
        var boundary = log.BoundaryAfter(batches);
        // Below this offset this activation, or an earlier one with leave to do so, may have judged events by the bounds of before, and they may be in keys. That nothing comes says nothing about it: an earlier
        // activation may have been quicker, and after a rewind this one was. A partition that is idle gives back only the leave that it has not used itself.
        isIdle = isIdle && judge == 0;
        var from = Math.Max(log.Received, _judgedHere);
        var bounds = Bounds(time, boundary.Position, from);
        var hasBounds = !bounds.SequenceEqual(journal.Since(boundary.Position));
        if (batches == 0 && !hasBounds && judge <= _judged && !(isIdle && from < _judged)) return null;
        var end = Math.Max(judge, from);
        var judged = isIdle ? from : Math.Max(_judged, end + Math.Min(2 * (end - _written), settings.MostOutstanding));
        var content = new PartitionRecord(boundary.Position, boundary.Stage.Rows, boundary.Stage.NewestEvent, boundary.Reached, bounds, judged)
        {
            Own = boundary.Stage.Own,
            Changes = boundary.Stage.Changes,
            Images = boundary.Images,
            ImageColumns = intake.Images is null ? null : intake.ImageColumns,
            Orphans = boundary.Orphans,
        };
        return new PartitionChange(batches, content, hasBounds || isIdle);
    }

    /// <summary>Writes the record, and what its batches bring to ledgers and images, in one transaction; then they are durable.</summary>
    /// <exception cref="FenceLostException">Another activation has taken over.</exception>
    public async ValueTask WriteAsync(PartitionChange change, CancellationToken cancellation)
    {
        var images = log.ImagesOf(change.Batches).ToArray();
        await record.WriteAsync(change.Content, log.LedgerOf(change.Batches), [], intake.Changes(images), cancellation);
        foreach (var (number, changes) in images) intake.Images!.Settle(number, changes);
        log.Advance(change.Batches);
        journal.Confirm(change.Content.Journal, log.Received);
        _judged = change.Content.Judged;
        _written = log.Received;
        _quietLooks = 0;
    }

    /// <summary>There was nothing to write. An activation that has been taken over would report for ever what was true before, so it is looked now and then.</summary>
    /// <exception cref="FenceLostException">Another activation has taken over.</exception>
    /// <exception cref="StreamForgeException">The record cannot be read now; retryable.</exception>
    public async ValueTask CheckAsync(CancellationToken cancellation)
    {
        if (++_quietLooks < QuietLooks) return;
        await record.CheckAsync(cancellation);
        _quietLooks = 0;
    }

    private ImmutableArray<BoundsEntry> Bounds(PipelineTime? time, long durable, long from)
    {
        if (time is null || settings.Partitions == 1) return journal.Since(durable);
        var atMost = long.MaxValue;
        for (var i = 0; i < time.Partitions.Length; i++)
        {
            if (i != settings.Index && time.Partitions[i].Activity == PartitionActivity.Active) atMost = Math.Min(atMost, time.Partitions[i].Watermark);
        }
        return journal.With(durable, from, log.Received, time.Watermark, atMost);
    }
}
