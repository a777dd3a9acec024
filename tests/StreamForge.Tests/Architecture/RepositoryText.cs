using StreamForge.Testing;

namespace StreamForge.Tests.Architecture;

/// <summary>The files that people write: everything below the repository's root but what builds and runs leave behind.</summary>
internal static class RepositoryText
{
    private static readonly string[] LeftBehind = ["bin", "obj", ".git", ".build", ".vs", ".idea", "TestResults", "BenchmarkDotNet.Artifacts", "streamforge-data", "node_modules"];

    private static readonly string[] TextExtensions = ["", ".cs", ".csproj", ".props", ".targets", ".sln", ".slnf", ".sh", ".md", ".yaml", ".yml", ".sql", ".proto", ".py", ".js", ".html", ".css"];

    /// <summary>Paths relative to the root, with forward slashes.</summary>
    public static IEnumerable<string> Files() => Below(RepositoryFiles.Root).Select(f => Path.GetRelativePath(RepositoryFiles.Root, f).Replace('\\', '/'));

    /// <summary>The lines of every text file that hold what is looked for, as <c>file:line: text</c>.</summary>
    /// <param name="under">Only files whose path begins so.</param>
    public static IEnumerable<string> Lines(string under, Func<string, bool> found) =>
        from file in Files()
        where file.StartsWith(under, StringComparison.Ordinal) && TextExtensions.Contains(Path.GetExtension(file))
        from line in File.ReadLines(Path.Combine(RepositoryFiles.Root, file)).Select((text, i) => (Text: text, Number: i + 1))
        where found(line.Text)
        select $"{file}:{line.Number}: {line.Text.Trim()}";

    private static IEnumerable<string> Below(string folder) =>
        Directory.EnumerateFiles(folder).Concat(Directory.EnumerateDirectories(folder).Where(d => !LeftBehind.Contains(Path.GetFileName(d))).SelectMany(Below));
}
