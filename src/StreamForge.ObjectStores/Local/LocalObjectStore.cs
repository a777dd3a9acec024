using System.Runtime.CompilerServices;
using StreamForge.Core;

namespace StreamForge.ObjectStores.Local;

/// <summary>
/// Objects as files of this machine.
/// <para>
/// An object is written to a temporary name in its folder (<c>.name.token.tmp</c>, which no listing shows), synced, given its own name in one step of the file system, and then the folder is synced:
/// whatever instant the process or the machine dies, the object is there whole or not at all. Where only one writer may win, its own name is a second link to the temporary file, which the file system refuses
/// when the name is taken; that holds between processes too. Folders are made as needed, each synced into the one above.
/// </para>
/// </summary>
public sealed class LocalObjectStore : IObjectStore
{
    private const string TemporaryEnding = ".tmp";

    public ValueTask<IObjectReader> OpenAsync(string location, CancellationToken cancellation)
    {
        var path = LocalPath.FromLocation(location);
        try
        {
            if (!File.Exists(path) && path.Contains('%') && Uri.UnescapeDataString(path) is var decoded && File.Exists(decoded)) path = decoded;
            var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return new ValueTask<IObjectReader>(new LocalObjectReader(location, handle));
        }
        catch (Exception exception) when (LocalFaults.Covers(exception))
        {
            throw LocalFaults.From(exception, location, "cannot be opened");
        }
    }

    public ValueTask<IObjectWriter> CreateAsync(string location, CancellationToken cancellation)
    {
        var path = LocalPath.FromLocation(location);
        try
        {
            DurableFolder.Create(Path.GetDirectoryName(path)!);
            var temporary = TemporaryOf(path);
            var handle = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete);
            return new ValueTask<IObjectWriter>(new LocalObjectWriter(location, path, temporary, handle));
        }
        catch (Exception exception) when (LocalFaults.Covers(exception))
        {
            throw LocalFaults.From(exception, location, "cannot be created");
        }
    }

    public ValueTask<bool> TryPutAsync(string location, ReadOnlyMemory<byte> content, bool overwrite, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var path = LocalPath.FromLocation(location);
        // The sync may take long; it has no asynchronous form, so it takes a thread of the pool. Once begun, it is waited for: its outcome is then known.
        return new ValueTask<bool>(Task.Run(() => Put(location, path, content.Span, overwrite), CancellationToken.None));
    }

    private static bool Put(string location, string path, ReadOnlySpan<byte> content, bool overwrite)
    {
        var folder = Path.GetDirectoryName(path)!;
        var temporary = TemporaryOf(path);
        try
        {
            if (!overwrite && File.Exists(path)) return false;
            DurableFolder.Create(folder);
            try
            {
                using (var handle = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete))
                {
                    RandomAccess.Write(handle, content, 0);
                    RandomAccess.FlushToDisk(handle);
                }
                if (overwrite) File.Move(temporary, path, overwrite: true);
                else if (!TryName(temporary, path)) return false;
            }
            finally
            {
                TryRemove(temporary);
            }
            DurableFolder.Sync(folder);
            return true;
        }
        catch (Exception exception) when (LocalFaults.Covers(exception))
        {
            throw LocalFaults.From(exception, location, "cannot be written");
        }
    }

    /// <summary>Gives the temporary file its name unless that is taken.</summary>
    private static bool TryName(string temporary, string path)
    {
        if (!OperatingSystem.IsWindows()) return DurableFolder.TryLink(temporary, path);
        try
        {
            File.Move(temporary, path, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }

    public ValueTask<bool> ExistsAsync(string location, CancellationToken cancellation) => new(File.Exists(LocalPath.FromLocation(location)));

    public ValueTask DeleteAsync(string location, CancellationToken cancellation)
    {
        var path = LocalPath.FromLocation(location);
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // Not there is as good as deleted.
        }
        catch (Exception exception) when (LocalFaults.Covers(exception))
        {
            throw LocalFaults.From(exception, location, "cannot be deleted");
        }
        return ValueTask.CompletedTask;
    }

    public async IAsyncEnumerable<ObjectDescription> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        var folder = FolderOf(prefix);
        foreach (var file in FilesBelow(folder))
        {
            cancellation.ThrowIfCancellationRequested();
            if (IsTemporary(file.Name) || !file.Exists) continue;
            var below = Path.GetRelativePath(folder, file.FullName).Replace(Path.DirectorySeparatorChar, '/');
            yield return new ObjectDescription(prefix + below, file.Length, new DateTimeOffset(file.LastWriteTimeUtc));
        }
    }

    public ValueTask DeleteUnfinishedAsync(string prefix, IReadOnlyCollection<string> names, CancellationToken cancellation)
    {
        foreach (var file in FilesBelow(FolderOf(prefix)))
        {
            cancellation.ThrowIfCancellationRequested();
            if (IsTemporary(file.Name) && names.Any(name => file.Name.AsSpan(1).StartsWith(name, StringComparison.Ordinal))) TryRemove(file.FullName);
        }
        return ValueTask.CompletedTask;
    }

    private static string FolderOf(string prefix) =>
        prefix.EndsWith('/') ? LocalPath.FromLocation(prefix) : throw new StreamForgeException(ErrorKind.InvalidArgument, $"the prefix {prefix} must end in a slash");

    private static IEnumerable<FileInfo> FilesBelow(string folder)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };
        return Directory.Exists(folder) ? new DirectoryInfo(folder).EnumerateFiles("*", options) : [];
    }

    /// <summary>Removes a temporary file; one that cannot be removed is never listed or read.</summary>
    internal static void TryRemove(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception exception) when (LocalFaults.Covers(exception))
        {
            // It stays behind as an unreferenced file.
        }
    }

    private static string TemporaryOf(string path) => Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}{TemporaryEnding}");

    private static bool IsTemporary(string name) => name.StartsWith('.') && name.EndsWith(TemporaryEnding, StringComparison.Ordinal);
}
