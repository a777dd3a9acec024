using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Pipeline.Evolution;

/// <summary>What a line of a comparison is about.</summary>
public enum ChangeSubject : byte
{
    Source,
    View,
    Window,
    Aggregate,
    Sink,

    /// <summary>A part of the definition that no state depends on.</summary>
    Definition,
}

/// <summary>What happens to a part of a pipeline's live state under a changed definition.</summary>
public enum ChangeVerdict : byte
{
    /// <summary>Its state goes on.</summary>
    Kept,

    /// <summary>It begins empty, at the checkpoint's positions.</summary>
    New,

    /// <summary>It means something else now; nothing is done before somebody says what is to become of it.</summary>
    Refused,

    /// <summary>It means something else now and begins empty, as somebody said.</summary>
    Reset,

    /// <summary>It is no longer in a view that goes on, and goes with its state.</summary>
    Dropped,

    /// <summary>It is no longer in the definition and is given up, as somebody said.</summary>
    Forgotten,

    /// <summary>It changes, and no state depends on it.</summary>
    Free,
}

/// <summary>One line of a comparison.</summary>
/// <param name="Name">Unique among its subject's, of its view where it has one.</param>
/// <param name="Detail">The difference, or what else there is to say; null for nothing.</param>
public sealed record Change(ChangeSubject Subject, string Name, ChangeVerdict Verdict, string? Detail = null)
{
    /// <summary>The view that a window or an aggregate belongs to.</summary>
    public string? View { get; init; }

    /// <summary>From when on it counts, where that is not the log's beginning.</summary>
    public FeatureSince? Since { get; init; }

    /// <summary>Whether state goes that nobody has named.</summary>
    public bool Destroys { get; init; }

    /// <summary><c>the aggregate spend of customers</c>.</summary>
    public string Words => View is null ? $"the {Subject.Word()} {Name}" : $"the {Subject.Word()} {Name} of {View}";
}

/// <summary>Words of the contract.</summary>
public static class ChangeWords
{
    public static string Word(this ChangeSubject subject) => subject.ToString().ToLowerInvariant();

    public static string Word(this ChangeVerdict verdict) => verdict.ToString().ToLowerInvariant();
}

/// <summary>What somebody has said about parts of a definition that state cannot simply go on under.</summary>
/// <param name="Reset">Views, sources, sinks, and windows or aggregates as <c>view.name</c>, that begin empty.</param>
/// <param name="Forget">Views, sources, sinks, and windows or aggregates as <c>view.name</c>, that are given up.</param>
public sealed record ChangeRequest(ImmutableSortedSet<string> Reset, ImmutableSortedSet<string> Forget)
{
    public static ChangeRequest None { get; } = new([], []);
}

/// <summary>A partition as the state that is kept has it.</summary>
/// <param name="Position">The next event, as people read it.</param>
/// <param name="NewestEvent">Microseconds; <see cref="EventTime.MinValue"/> before the first.</param>
public sealed record LivePartition(string Source, int Partition, string Position, long NewestEvent)
{
    /// <summary>The columns of the images that are stored of its rows; null when none are.</summary>
    public Schema? Images { get; init; }
}

/// <summary>The state that a changed definition meets.</summary>
/// <param name="Checkpoint">Its number.</param>
/// <param name="Watermark">The pipeline's, microseconds.</param>
/// <param name="Views">What each view's state was made by.</param>
/// <param name="Sinks">Sinks whose commits are kept.</param>
public sealed record LiveState(
    long Checkpoint, long Watermark, ImmutableArray<LivePartition> Partitions, ImmutableArray<KeptView> Views, ImmutableArray<string> Sinks)
{
    /// <summary>The state with kept views' fingerprints as they are written now, where the kept definition still makes what they were.</summary>
    /// <param name="was">The plan of the kept definition.</param>
    public LiveState Under(PipelinePlan was) => this with
    {
        Views = [.. Views.Select(kept => was.Views.FirstOrDefault(v => v.Name == kept.Name) is { } view && view.Fits(kept.Fingerprint) ? kept with { Fingerprint = view.Fingerprint } : kept)],
    };
}
