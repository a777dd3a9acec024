using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using StreamForge.Core;

namespace StreamForge.Cli.Cluster;

/// <summary>
/// The program of a cluster's node, <c>streamforge-silo</c>: this program with Orleans inside, built beside it where Orleans restores. On Unix it takes this process's place, so that signals, process id and exit code
/// are its own.
/// </summary>
internal static partial class SiloProgram
{
    private const string FileName = "streamforge-silo.dll";

    /// <summary>Where a checkout builds it, from the folder of this program.</summary>
    private static readonly string Built = Path.Combine("..", "..", "..", "..", "..", "silo", "StreamForge.Silo", "bin", "Release", "net10.0", FileName);

    /// <summary>Runs it with this process's arguments.</summary>
    /// <returns>Its exit code; on Unix it does not return.</returns>
    /// <exception cref="StreamForgeException">NotSupported where it is not built.</exception>
    public static async Task<int> RunAsync(Shell shell)
    {
        var program = Find(AppContext.BaseDirectory) ?? throw new StreamForgeException(
            ErrorKind.NotSupported,
            "the silo program (streamforge-silo) is not built here: it needs the packages Microsoft.Orleans.* 10.2.2, which the package registry must offer; then ./streamforge silo start builds it, and so does dotnet build -c Release silo/StreamForge.Silo");
        string[] command = [Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", program, .. Environment.GetCommandLineArgs()[1..]];
        if (!OperatingSystem.IsWindows()) Replace(command);
        using var child = Process.Start(command[0], command[1..]);
        await child.WaitForExitAsync(CancellationToken.None);
        shell.Interrupted.ThrowIfCancellationRequested();
        return child.ExitCode;
    }

    /// <summary>The program's path, beside this one or where a checkout builds it; null when it is not there.</summary>
    internal static string? Find(string folder) => new[] { Path.Combine(folder, FileName), Path.GetFullPath(Path.Combine(folder, Built)) }.FirstOrDefault(File.Exists);

    private static void Replace(string[] command)
    {
        var arguments = new nint[command.Length + 1];
        for (var i = 0; i < command.Length; i++) arguments[i] = Marshal.StringToCoTaskMemUTF8(command[i]);
        _ = Execute(Encoding.UTF8.GetBytes(command[0] + '\0'), arguments);
        throw new StreamForgeException(ErrorKind.Unavailable, $"cannot start {command[0]}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>execvp of POSIX: comes back only with an error.</summary>
    [LibraryImport("libc", EntryPoint = "execvp", SetLastError = true)]
    private static partial int Execute(byte[] file, nint[] arguments);
}
