using StreamForge.Core;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Tests.Definitions;

/// <summary>Pipeline texts for tests, and where the repository keeps its files.</summary>
internal static class TestFiles
{
    public static string Repository { get; } = FindRepository();

    public static string Golden(string name) => Path.Combine(Repository, "tests", "StreamForge.Tests", "Definitions", "Golden", name);

    public static LoadResult Parse(string text, params (string Name, string Value)[] variables) =>
        PipelineFile.Parse(text, "p.yaml", "/base", name => variables.FirstOrDefault(v => v.Name == name).Value);

    /// <summary>The faults of a text, each as <c>line:column: sentence</c>.</summary>
    public static string[] Faults(string text) => [.. Parse(text).Faults.Select(Short)];

    /// <summary>The faults of a small whole pipeline with <paramref name="addition"/> after it; lines count from the addition's first.</summary>
    public static string[] FaultsOf(string addition, string source = "{type: clickstream}")
    {
        var head = Head(source);
        var lines = head.Count(c => c == '\n');
        return [.. Parse(head + addition).Faults.Select(f => Short(f with { Line = f.Line - lines }))];
    }

    public static string Head(string source = "{type: clickstream}") => $"metadata: {{name: p}}\nsources:\n  s: {source}\n";

    private static string Short(Fault fault) => $"{fault.Line}:{fault.Column}: {fault.Sentence}";

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "StreamForge.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run within the repository.");
    }
}
