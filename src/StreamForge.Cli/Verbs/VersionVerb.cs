using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using StreamForge.Cli.Output;
using StreamForge.Cli.Parsing;

namespace StreamForge.Cli.Verbs;

/// <summary><c>version</c>.</summary>
internal sealed class VersionVerb : Verb
{
    public VersionVerb(Shell shell) : base(shell, "version", "Prints the version, the runtime and the system", "./streamforge version --json") => Add(CommonSettings.Json);

    public static string Version { get; } = typeof(VersionVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    protected override Task<int> RunAsync(ParseResult parsed)
    {
        var system = RuntimeInformation.OSDescription;
        var architecture = RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();
        if (CommonSettings.Json.Read(parsed))
        {
            JsonOutput.Write(Shell, json =>
            {
                json.WriteStartObject();
                json.WriteString("version", Version);
                json.WriteString("runtime", RuntimeInformation.FrameworkDescription);
                json.WriteString("os", system);
                json.WriteString("architecture", architecture);
                json.WriteEndObject();
            });
        }
        else
        {
            Shell.Print($"streamforge {Version}, {RuntimeInformation.FrameworkDescription}, {system} ({architecture})");
        }
        return Task.FromResult(ExitCodes.Done);
    }
}
