using System.Text;
using StreamForge.Embedded.Storage;
using StreamForge.ObjectStores.Local;

namespace StreamForge.Embedded.Sinks.Iceberg;

/// <summary>
/// The note of which commits a sink has written data files for that no checkpoint may know yet, kept with the checkpoints: the one that is open, and the one before it while its checkpoint is not
/// published. It is written before the first file and removed after the snapshot, so that a start that finds one knows whose files a dead process left behind. One task at a time.
/// </summary>
internal sealed class OpenCommitNote(string path)
{
    /// <summary>The commits that are noted.</summary>
    public string[] Read()
    {
        try
        {
            return [.. File.ReadAllLines(path).Where(line => Guid.TryParseExact(line, "N", out _))];
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }

    public void Write(IEnumerable<string> commits) => Guard(() =>
    {
        DurableFolder.Create(Path.GetDirectoryName(path)!);
        DurableFiles.Publish(path, Encoding.ASCII.GetBytes(string.Join('\n', commits)));
    });

    public void Clear() => Guard(() => File.Delete(path));

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (DirectoryNotFoundException)
        {
            // Nothing was noted.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.Translate(error, $"write {path}");
        }
    }
}
