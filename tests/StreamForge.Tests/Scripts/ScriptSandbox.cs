using System.Diagnostics;
using StreamForge.Testing;

namespace StreamForge.Tests.Scripts;

/// <summary>
/// A folder with a copy of a root script, a few sources, and a <c>dotnet</c> of our own in front of the real one on the PATH: the script is the thing tested,
/// the build behind it is played. Deleted when disposed.
/// </summary>
internal sealed class ScriptSandbox : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("streamforge scripts ").FullName;

    /// <param name="dotnet">A shell script in the place of <c>dotnet</c>; null for a machine that has none.</param>
    public ScriptSandbox(string? dotnet)
    {
        foreach (var script in new[] { "streamforge", "test.sh" }) Copy(script);
        foreach (var file in new[] { "Directory.Build.props", "Directory.Packages.props", "global.json", "examples/clickstream/pipeline.yaml", "src/Core/One.cs", "src/Core/Two.cs", "tests/Some.Tests/Some.Tests.csproj" }) Write(file, "");
        Directory.CreateDirectory(InFolder("path"));
        // Only these commands are found, so that a machine without dotnet can be played on one that has it.
        foreach (var command in new[] { "bash", "env", "dirname", "basename", "readlink", "find", "cat", "mkdir", "mv", "rm", "grep", "sort", "flock", "sed", "tr", "tee", "tail", "sleep" })
        {
            if (Find(command) is { } path) File.CreateSymbolicLink(InFolder($"path/{command}"), path);
        }
        if (dotnet is not null) Executable("path/dotnet", "#!/usr/bin/env bash\n" + dotnet);
    }

    /// <summary>The checkout, in a path with a blank.</summary>
    public string Root => InFolder("check out");

    /// <summary>What the played dotnet wrote to <c>$LOG</c>.</summary>
    public string[] Calls => File.Exists(InFolder("calls")) ? File.ReadAllLines(InFolder("calls")) : [];

    public string InFolder(string path) => Path.Combine(_folder, path);

    public void Write(string file, string text)
    {
        var path = Path.Combine(Root, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddYears(40));
    }

    /// <summary>Makes a file newer than everything that was built.</summary>
    public void Touch(string file) => File.SetLastWriteTimeUtc(Path.Combine(Root, file), DateTime.UnixEpoch.AddYears(120));

    /// <summary>Runs a command from a folder that is not the checkout.</summary>
    public async Task<(int Code, string[] Output, string Errors)> RunAsync(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = _folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = InFolder("path");
        start.Environment["LOG"] = InFolder("calls");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries), await errors);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Copy(string script)
    {
        Directory.CreateDirectory(Root);
        Executable($"check out/{script}", File.ReadAllText(Path.Combine(RepositoryFiles.Root, script)));
    }

    private void Executable(string path, string text)
    {
        File.WriteAllText(InFolder(path), text);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(InFolder(path), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static string? Find(string command) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, command)).FirstOrDefault(File.Exists);
}
