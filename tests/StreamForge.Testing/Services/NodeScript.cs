using System.Text.Json;

namespace StreamForge.Testing.Services;

/// <summary>Node.js with the packages of <c>tests/interop/package-lock.json</c>. Tests that use it are <c>[ServiceFact(NodeScript.Need)]</c>.</summary>
public static class NodeScript
{
    public const string Need = "npm";

    /// <summary>Runs <c>tests/interop/{script}</c> and returns the JSON document that it prints.</summary>
    /// <param name="script">A file name such as <c>read_table.mjs</c>.</param>
    /// <exception cref="InvalidOperationException">The script failed, took more than two minutes or printed no JSON; with what it said.</exception>
    public static Task<JsonElement> RunAsync(string script, params IReadOnlyList<string> arguments) => Script.RunAsync("node", script, arguments);

    /// <summary>Why there is no Node.js with the packages; null when there is.</summary>
    internal static string? Missing()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, OperatingSystem.IsWindows() ? "node.exe" : "node"))))
            return "there is no node on the PATH";
        return Directory.Exists(Path.Combine(Script.Folder, "node_modules")) ? null : "the npm packages are not installed; (cd tests/interop && npm ci) does it";
    }
}
