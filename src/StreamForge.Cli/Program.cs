namespace StreamForge.Cli;

/// <summary>The `streamforge` program.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) => CommandLine.RunAsync(args);
}
