namespace StreamForge.Cli;

/// <summary>The `streamforge` program.</summary>
internal static class Program
{
    private static int Main() => 0;
}
