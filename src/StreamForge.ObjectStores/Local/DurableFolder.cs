using System.Runtime.InteropServices;

namespace StreamForge.ObjectStores.Local;

/// <summary>Folders whose entries survive a loss of power: a new name is durable once its folder has been synced.</summary>
public static partial class DurableFolder
{
    /// <summary>Creates a folder and those above it that are missing, each durable in the one above.</summary>
    public static void Create(string folder)
    {
        folder = Path.GetFullPath(folder);
        if (Directory.Exists(folder)) return;
        var above = Path.GetDirectoryName(folder);
        if (above is not null) Create(above);
        Directory.CreateDirectory(folder);
        if (above is not null) Sync(above);
    }

    /// <summary>Makes a folder's entries durable. Where folders cannot be synced (Windows) the file system's journal does it.</summary>
    public static void Sync(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = Open(folder, 0);
        // A folder that may be written but not read cannot be opened, and so not synced.
        if (descriptor < 0) return;
        try
        {
            if (SyncDescriptor(descriptor) != 0) throw new IOException($"cannot sync the folder {folder}", Marshal.GetLastPInvokeError());
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>Gives a file a second name, unless that name is taken; the first stays.</summary>
    /// <returns>false when <paramref name="to"/> exists.</returns>
    public static bool TryLink(string from, string to)
    {
        if (Link(from, to) == 0) return true;
        var error = Marshal.GetLastPInvokeError();
        const int FileExists = 17;
        if (error == FileExists) return false;
        throw new IOException($"{to} cannot be created: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int SyncDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Link(string from, string to);
}
