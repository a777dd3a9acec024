using System.Text.Json;

namespace StreamForge.Testing.Services;

/// <summary>Python with PyIceberg, DuckDB, pyarrow and others, from <c>ICEBERG_PYTHON</c>. Tests that use it are <c>[ServiceFact(PythonScript.Need)]</c>.</summary>
public static class PythonScript
{
    public const string Need = "ICEBERG_PYTHON";

    /// <summary>Runs <c>tests/interop/{script}</c> and returns the JSON document that it prints.</summary>
    /// <param name="script">A file name such as <c>read_table.py</c>.</param>
    /// <exception cref="InvalidOperationException">The script failed, took more than two minutes or printed no JSON; with what it said.</exception>
    public static Task<JsonElement> RunAsync(string script, params IReadOnlyList<string> arguments) =>
        Script.RunAsync(Environment.GetEnvironmentVariable(Need) ?? throw new InvalidOperationException($"{Need} is not set"), script, arguments);
}
