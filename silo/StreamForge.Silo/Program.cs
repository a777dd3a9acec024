using StreamForge.Cli;

namespace StreamForge.Silo;

/// <summary>The `streamforge-silo` program: all of the `streamforge` program, whose `silo start` runs a node here.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) => CommandLine.RunAsync(args, static (shell, options) => new Node(shell, options).RunAsync());
}
