using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Pipeline.Changes;

/// <summary>What the stage of a changelog's partition knows besides images and time, as the JSON that checkpoints keep.</summary>
/// <param name="Tracker">See <see cref="ChangeTracker.Save"/>.</param>
/// <param name="Refused">For the source, under the empty name, and for each view with a time of its own: how often each refused row is there, by hash.</param>
internal sealed record ChangelogState(string? Tracker, SortedDictionary<string, SortedDictionary<ulong, int>> Refused)
{
    public string Serialize() => JsonSerializer.Serialize(this);

    /// <exception cref="StreamForgeException">Corrupt.</exception>
    public static ChangelogState Parse(string? text)
    {
        if (text is null) return new ChangelogState(null, []);
        try
        {
            return JsonSerializer.Deserialize<ChangelogState>(text) ?? throw new JsonException();
        }
        catch (JsonException error)
        {
            throw new StreamForgeException(ErrorKind.Corrupt, "what the checkpoint knows of a changelog cannot be read", inner: error);
        }
    }
}
