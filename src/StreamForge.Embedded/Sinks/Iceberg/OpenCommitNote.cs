using System.Text;
using StreamForge.Embedded.Storage;

namespace StreamForge.Embedded.Sinks.Iceberg;

/// <summary>
/// The note of which commit a sink is writing data files for, kept with the checkpoints. It is written before the commit's first file and removed after its snapshot, so that a start that finds one
/// knows whose files a dead process left behind. One task at a time.
/// </summary>
internal sealed class OpenCommitNote(string path)
{
    /// <summary>The commit that is noted; null when there is none.</summary>
    public string? Read()
    {
        try
        {
            var text = File.ReadAllText(path);
            return Guid.TryParseExact(text, "N", out _) ? text : null;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public void Write(string commit) => Guard(() =>
    {
        DurableFiles.CreateFolder(Path.GetDirectoryName(path)!);
        DurableFiles.Publish(path, Encoding.ASCII.GetBytes(commit));
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
