using System.Collections.Immutable;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Embedded.Sinks.Iceberg;

/// <summary>What a checkpoint knows of a table's next snapshot: everything that is needed to commit it, any number of times, by any process.</summary>
/// <param name="Commit">The commit's id, which the snapshot's summary carries; a snapshot with it is this commit's.</param>
/// <param name="IsDue">Commit it with this checkpoint; otherwise its files wait for a later one.</param>
/// <param name="Since">When the first row of its files was written.</param>
/// <param name="Checkpoint">The checkpoint that it belongs to.</param>
/// <param name="Positions">Where each partition of the sources goes on after it.</param>
internal sealed record PendingCommit(
    string Commit, bool IsDue, DateTimeOffset Since, long Checkpoint, ImmutableSortedDictionary<string, string> Positions, ImmutableArray<PendingFile> Files)
{
    public string Serialize() => JsonSerializer.Serialize(this);

    /// <exception cref="StreamForgeException">Corrupt when the text is none.</exception>
    public static PendingCommit Parse(string sink, string text)
    {
        try
        {
            if (JsonSerializer.Deserialize<PendingCommit>(text) is { Commit: not null, Files.IsDefault: false } pending) return pending;
        }
        catch (JsonException)
        {
            // Said below.
        }
        throw new StreamForgeException(ErrorKind.Corrupt, $"sink {sink}: its pending commit in the newest checkpoint cannot be read; it was perhaps of another type when the pipeline last ran");
    }
}
