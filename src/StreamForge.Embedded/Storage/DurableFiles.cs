using StreamForge.ObjectStores.Local;

namespace StreamForge.Embedded.Storage;

/// <summary>Files that must be whole whatever instant the process or the machine dies: write new, sync, rename, sync the folder.</summary>
internal static class DurableFiles
{
    /// <summary>Replaces or creates <paramref name="path"/> in one step.</summary>
    public static void Publish(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".new";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        Rename(temporary, path);
    }

    /// <summary>Renames within a folder and makes the new name durable.</summary>
    public static void Rename(string from, string to)
    {
        File.Move(from, to, overwrite: true);
        DurableFolder.Sync(Path.GetDirectoryName(to)!);
    }
}
