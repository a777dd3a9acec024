using System.Globalization;

namespace StreamForge.Cli.Bench;

/// <summary>
/// The files that scenarios read. What is in one follows from its name alone, so it is made once and kept in a folder under the system's temporary one; a file is there whole or not at all.
/// </summary>
internal static class BenchInputs
{
    /// <summary>The folder that inputs are kept in from one run to the next.</summary>
    public static string Folder => Path.Combine(Path.GetTempPath(), "streamforge-bench-inputs");

    /// <summary>The path of an input, which is made where it is missing.</summary>
    /// <param name="name">Names the content with all that it depends on.</param>
    /// <param name="write">Writes the content.</param>
    public static async Task<string> GetAsync(BenchContext context, string name, Func<Stream, CancellationToken, Task> write, CancellationToken cancellation)
    {
        var folder = context.InputDirectory ?? context.WorkDirectory;
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, name);
        if (File.Exists(path)) return path;
        context.Progress(string.Create(CultureInfo.InvariantCulture, $"making {name} (not counted)"));
        var unfinished = $"{path}.{Environment.ProcessId}";
        try
        {
            await using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20)) await write(file, cancellation);
            File.Move(unfinished, path, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
        return path;
    }
}
