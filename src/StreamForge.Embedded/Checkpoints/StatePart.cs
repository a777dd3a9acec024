using System.Collections.Immutable;

namespace StreamForge.Embedded.Checkpoints;

/// <summary>
/// One of the files that a checkpoint's states are in. The first holds every state as of the checkpoint that wrote it, each later one what changed until the checkpoint that wrote it: a state replaces
/// the same key's earlier one, a removal takes it out. What is known of closing windows is whole in every file, and the last one counts.
/// <para>
/// A checkpoint adds a file of changes to those of the checkpoint before, or begins anew: when the changes have grown as large as the first file, when there are too many files, and when the states before do not go on as they were.
/// So what is written is at most about twice what changed plus the state once, and what is read at a start at most about three times the state.
/// </para>
/// </summary>
/// <param name="File">Its name in the checkpoints' folder; a file is never changed once a manifest names it.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Records">The states and removals in it.</param>
public sealed record StatePart(string File, long Bytes, long Records)
{
    /// <summary>Files of one checkpoint at most.</summary>
    private const int MostParts = 64;

    /// <summary>Whether a checkpoint that follows one with these parts begins anew.</summary>
    public static bool BeginsAnew(ImmutableArray<StatePart> parts) =>
        parts.IsEmpty || parts.Length >= MostParts || parts.Skip(1).Sum(p => p.Bytes) >= parts[0].Bytes;
}
