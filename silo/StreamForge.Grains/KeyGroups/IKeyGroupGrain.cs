using System.Globalization;
using Orleans.Concurrency;
using StreamForge.Cluster.KeyGroups;
using StreamForge.Core;

namespace StreamForge.Grains.KeyGroups;

/// <summary>Closes the windows of some key groups' keys that nothing comes for any more; its key is <see cref="KeyGroupRange.Key"/>'s.</summary>
[Alias("StreamForge.IKeyGroupGrain")]
internal interface IKeyGroupGrain : IGrainWithStringKey
{
    /// <summary>Activates it.</summary>
    [Alias("Wake"), AlwaysInterleave]
    ValueTask WakeAsync();
}

/// <summary>Key groups that one grain looks after: few enough that a sweep is short, many enough that there are not a thousand sweeps a second.</summary>
internal readonly record struct KeyGroupRange(int From, int To)
{
    private const int Ranges = 8;

    public static IEnumerable<KeyGroupRange> All => Enumerable.Range(0, Ranges).Select(i => new KeyGroupRange(i * KeyGroup.Count / Ranges, (i + 1) * KeyGroup.Count / Ranges));

    public string Key(string pipeline, int view) => string.Create(CultureInfo.InvariantCulture, $"{pipeline}/{view}/{From}-{To}");

    /// <summary>Takes a key apart.</summary>
    public static (string Pipeline, KeyGroupSettings Groups) Parse(string key)
    {
        var parts = key.Split('/', '-');
        var numbers = parts[^3..].Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray();
        var tail = $"/{parts[^3]}/{parts[^2]}-{parts[^1]}";
        return (key[..^tail.Length], new KeyGroupSettings(numbers[0], numbers[1], numbers[2]));
    }
}
