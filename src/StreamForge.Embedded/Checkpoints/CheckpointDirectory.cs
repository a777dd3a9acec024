using System.Globalization;
using StreamForge.Core;
using StreamForge.Embedded.Storage;

namespace StreamForge.Embedded.Checkpoints;

/// <summary>
/// The checkpoints of one pipeline: <c>checkpoint-N.json</c>, of which the two newest are kept, and the files <c>state-N.bin</c> that these name, N being the checkpoint that wrote them. Ids are counters.
/// </summary>
internal sealed class CheckpointDirectory(string path)
{
    private const int Kept = 2;

    public string Path => path;

    public string StatePath(long id) => System.IO.Path.Combine(path, StateFile(id));

    public static string StateFile(long id) => string.Create(CultureInfo.InvariantCulture, $"state-{id:D12}.bin");

    private string ManifestPath(long id) => System.IO.Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"checkpoint-{id:D12}.json"));

    /// <summary>The ids of all published checkpoints, newest first.</summary>
    public List<long> Ids()
    {
        if (!Directory.Exists(path)) return [];
        var ids = new List<long>();
        foreach (var file in Directory.EnumerateFiles(path, "checkpoint-*.json"))
        {
            var name = System.IO.Path.GetFileNameWithoutExtension(file);
            if (long.TryParse(name.AsSpan("checkpoint-".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var id)) ids.Add(id);
        }
        ids.Sort((a, b) => b.CompareTo(a));
        return ids;
    }

    /// <summary>
    /// The id of the next checkpoint: above every id that is there, damaged or not. Were the id of a damaged one taken again, a process that dies between the new state file and the
    /// new manifest would leave the old manifest with a state that is not its own.
    /// </summary>
    public long NextId() => Ids().FirstOrDefault() + 1;

    /// <summary>A manifest; null when it is missing or damaged.</summary>
    public CheckpointManifest? Manifest(long id)
    {
        try
        {
            return CheckpointManifest.TryDeserialize(File.ReadAllBytes(ManifestPath(id)));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>
    /// Loads the newest whole checkpoint. When the newest is damaged, the one before it is used only if that cannot repeat or lose anything in a sink.
    /// A reader of a directory that an engine goes on writing may find a checkpoint deleted under its hands; then there is a newer one, and it begins anew.
    /// </summary>
    /// <param name="load">Takes a manifest's states; returns false when they are damaged. Called again for an older checkpoint after a failure.</param>
    /// <param name="hasSinks">Whether the pipeline writes to sinks.</param>
    /// <returns>The manifest, or null when there is no checkpoint.</returns>
    /// <exception cref="StreamForgeException">Corrupt when there is no way on that is certainly right.</exception>
    public CheckpointManifest? LoadNewest(Func<CheckpointManifest, bool> load, bool hasSinks)
    {
        var ids = Ids();
        foreach (var id in ids)
        {
            var manifest = Manifest(id);
            if (manifest is not null && load(manifest)) return manifest;
            if (Ids() is [var newest, ..] && newest > ids[0]) return LoadNewest(load, hasSinks);
            // A sink that committed with the damaged checkpoint is ahead of every older one.
            var mayHaveCommitted = manifest is null ? hasSinks : manifest.Sinks.Any(s => s.Pending is not null);
            if (mayHaveCommitted || id == ids[^1])
            {
                throw new StreamForgeException(
                    ErrorKind.Corrupt,
                    $"the newest checkpoint, {id} in {path}, is damaged, and no older one can be continued without repeating or losing rows; "
                    + "restore the folder from a backup, or delete the data directory and the sinks' output to compute everything again");
            }
        }
        return null;
    }

    /// <summary>Reads the records of a checkpoint's states, file by file: what is known of windows only from the last one.</summary>
    /// <param name="begin">Told the number of each file before its records; in the first, 0, every key comes once.</param>
    /// <param name="take">Takes the records.</param>
    /// <returns>false when a file is missing or damaged; records taken before that are void.</returns>
    public bool TryRead(CheckpointManifest manifest, Action<int> begin, StateFileReader.Take take)
    {
        for (var part = 0; part < manifest.States.Length; part++)
        {
            begin(part);
            var isLast = part == manifest.States.Length - 1;
            var (file, bytes, _) = manifest.States[part];
            if (!StateFileReader.TryRead(System.IO.Path.Combine(path, file), bytes, (view, kind, record) =>
            {
                if (kind != StateRecordKind.Windows || isLast) take(view, kind, record);
            })) return false;
        }
        return true;
    }

    /// <summary>Makes a checkpoint the newest, in one step; its state files are durable already.</summary>
    public void Publish(CheckpointManifest manifest) => DurableFiles.Publish(ManifestPath(manifest.Id), manifest.Serialize());

    /// <summary>Deletes all but the newest checkpoints, and state files that none of these names.</summary>
    public void Clean()
    {
        var keep = Ids().Take(Kept).ToHashSet();
        foreach (var id in Ids().Where(id => !keep.Contains(id))) File.Delete(ManifestPath(id));
        var states = keep.SelectMany(id => Manifest(id)?.States ?? []).Select(s => s.File).ToHashSet(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(path, "state-*.bin"))
        {
            if (!states.Contains(System.IO.Path.GetFileName(file))) File.Delete(file);
        }
        foreach (var file in Directory.EnumerateFiles(path, "*.new")) File.Delete(file);
    }
}
