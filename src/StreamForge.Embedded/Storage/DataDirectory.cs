using System.Globalization;
using System.Text;
using StreamForge.Core;
using StreamForge.ObjectStores.Local;

namespace StreamForge.Embedded.Storage;

/// <summary>
/// The one folder that everything of the embedded host lives under: <c>catalog/</c>, <c>checkpoints/</c>, <c>dead-letters/</c>, <c>late/</c>, <c>warehouse/</c>, <c>LOCK</c>.
/// Deleting it is a fresh start.
/// </summary>
public sealed class DataDirectory(string path)
{
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    public bool Exists => Directory.Exists(Path);

    public string Catalog => System.IO.Path.Combine(Path, "catalog");

    /// <summary>Where tables are kept unless the pipeline or the command line names another place.</summary>
    public string Warehouse => System.IO.Path.Combine(Path, "warehouse");

    public string Checkpoints(string pipeline) => System.IO.Path.Combine(Path, "checkpoints", pipeline);

    public string DeadLetters(string pipeline) => System.IO.Path.Combine(Path, "dead-letters", pipeline + ".jsonl");

    public string Late(string pipeline) => System.IO.Path.Combine(Path, "late", pipeline + ".jsonl");

    /// <summary>The folder of the images that are stored of a changelog's rows; a part of the checkpoints.</summary>
    public string Images(string pipeline, PartitionId partition) =>
        System.IO.Path.Combine(Checkpoints(pipeline), "images", string.Create(CultureInfo.InvariantCulture, $"{partition.Source}-{partition.Partition}"));

    /// <summary>The file that names the commit whose data files a sink is writing, if any.</summary>
    public string OpenCommit(string pipeline, string sink) => System.IO.Path.Combine(Checkpoints(pipeline), "sinks", sink + ".open");

    /// <summary>Creates the folder and takes its lock, an operating-system lock that a kill frees.</summary>
    /// <returns>The lock, held until disposed.</returns>
    /// <exception cref="StreamForgeException">Busy when another process holds it; PermissionDenied or Exhausted when the folder cannot be written.</exception>
    public IDisposable Lock()
    {
        var file = System.IO.Path.Combine(Path, "LOCK");
        try
        {
            DurableFolder.Create(Path);
            var handle = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            handle.SetLength(0);
            handle.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"));
            handle.Flush();
            return handle;
        }
        catch (IOException error) when (error.HResult is 11 or 35 or unchecked((int)0x80070020) && File.Exists(file))
        {
            throw new StreamForgeException(
                ErrorKind.Busy, $"the data directory {Path} is in use by another streamforge process; stop that one, or choose another folder with --data-dir", retryable: true, inner: error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.Translate(error, $"use the data directory {Path}");
        }
    }
}
