using System.Runtime.InteropServices;

namespace StreamForge.Embedded.Storage;

/// <summary>Files that must be whole whatever instant the process or the machine dies: write new, sync, rename, sync the folder.</summary>
internal static partial class DurableFiles
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
        SyncFolder(Path.GetDirectoryName(to)!);
    }

    /// <summary>Creates a folder and those above it that are missing, each durable in the one above.</summary>
    public static void CreateFolder(string folder)
    {
        folder = Path.GetFullPath(folder);
        if (Directory.Exists(folder)) return;
        var above = Path.GetDirectoryName(folder);
        if (above is not null) CreateFolder(above);
        Directory.CreateDirectory(folder);
        if (above is not null) SyncFolder(above);
    }

    /// <summary>Makes a folder's entries durable. Where folders cannot be synced (Windows) the file system's journal does it.</summary>
    public static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = Open(folder, 0);
        if (descriptor < 0) return;
        try
        {
            if (Sync(descriptor) != 0) throw new IOException($"cannot sync the folder {folder}", Marshal.GetLastPInvokeError());
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
