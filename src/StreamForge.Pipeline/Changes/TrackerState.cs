using System.Collections.Immutable;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Pipeline.Changes;

/// <summary>The highest position applied in a scope and the hashes of the events at it.</summary>
internal sealed record AppliedPosition(SourcePosition Position, ImmutableArray<ulong> Events)
{
    /// <summary>Of events that were applied under a definition that read other columns: key and op alone.</summary>
    public ImmutableArray<ulong> Former { get; init; } = [];
}

/// <summary>What a checkpoint knows of one stream; see <see cref="StreamProgress"/>.</summary>
/// <param name="Last">Whether the last event was a repetition, as a number.</param>
/// <param name="Tombstones">Hashes of those that have come since the last event that was applied.</param>
internal sealed record StreamCheckpoint(
    int Stream, StreamPhase Phase, int Generation, SourcePosition SnapshotAt, int Last, ImmutableArray<ulong> Tombstones, ImmutableArray<AppliedPosition> Highest)
{
    /// <summary>While a snapshot lasts; see <see cref="SnapshotRows"/>.</summary>
    public SnapshotRowsCheckpoint? Rows { get; init; }
}

/// <summary>What a checkpoint knows of a snapshot that lasts.</summary>
internal sealed record SnapshotRowsCheckpoint(ImmutableArray<ulong> Keys, bool Varies);

/// <summary>The image of a row that was deleted last, while nothing but its new key can have come after it.</summary>
internal sealed record DepartedRow(int Stream, SourcePosition Position, byte[] Image);

/// <summary>What a <see cref="ChangeTracker"/> knows besides the images, as the JSON that checkpoints keep.</summary>
internal sealed record TrackerState(ImmutableArray<StreamCheckpoint> Streams, DepartedRow? Departed)
{
    /// <summary>A hash of the columns that were read.</summary>
    public ulong Columns { get; init; }

    public string Serialize() => JsonSerializer.Serialize(this);

    /// <exception cref="StreamForgeException">Corrupt.</exception>
    public static TrackerState Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<TrackerState>(text) ?? throw new JsonException();
        }
        catch (JsonException error)
        {
            throw new StreamForgeException(ErrorKind.Corrupt, "what the checkpoint knows of a changelog cannot be read", inner: error);
        }
    }
}
