using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace StreamForge.Cli.Bench;

/// <summary>What a number means nothing without: the machine, the system and the build that it was measured on.</summary>
/// <param name="Cpu">The processor's model; its architecture where the system does not tell.</param>
/// <param name="Cores">What the process may use.</param>
/// <param name="MemoryBytes">What the process may use.</param>
/// <param name="Commit">The commit of the sources, with <c>+changes</c> when files differ from it; null when git does not know.</param>
internal sealed record MachineFacts(string Cpu, int Cores, long MemoryBytes, string Os, string Runtime, string Version, string? Commit)
{
    public static async Task<MachineFacts> ReadAsync(CancellationToken cancellation) => new(
        Model(), Environment.ProcessorCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, RuntimeInformation.OSDescription.Trim(), RuntimeInformation.FrameworkDescription,
        typeof(MachineFacts).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion, await CommitAsync(cancellation));

    private static string Model()
    {
        const string Info = "/proc/cpuinfo";
        if (File.Exists(Info))
        {
            foreach (var line in File.ReadLines(Info))
            {
                if (line.StartsWith("model name", StringComparison.Ordinal) && line.IndexOf(':') is > 0 and var colon) return line[(colon + 1)..].Trim();
            }
        }
        return RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();
    }

    /// <summary>Asked in the program's own folder, so that it is this program's commit and not that of the folder one stands in.</summary>
    private static async Task<string?> CommitAsync(CancellationToken cancellation) =>
        await GitAsync(["rev-parse", "--short=12", "HEAD"], cancellation) is { Length: > 0 } commit
            ? commit + (await GitAsync(["status", "--porcelain", "--untracked-files=no"], cancellation) is { Length: > 0 } ? "+changes" : "")
            : null;

    private static async Task<string?> GitAsync(string[] arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("git", ["-C", AppContext.BaseDirectory, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        try
        {
            using var git = Process.Start(start)!;
            var errors = git.StandardError.ReadToEndAsync(cancellation);
            var output = await git.StandardOutput.ReadToEndAsync(cancellation);
            await errors;
            await git.WaitForExitAsync(cancellation);
            return git.ExitCode == 0 ? output.Trim() : null;
        }
        catch (Win32Exception)
        {
            // There is no git.
            return null;
        }
    }
}
