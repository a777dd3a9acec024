using System.Globalization;
using System.Text.RegularExpressions;

namespace StreamForge.Integration.Tests;

/// <summary>The real program over the clickstream example on a port of its own, one for all tests of the page.</summary>
public sealed partial class RunningProgram : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("streamforge-page-").FullName;
    private CliProcess? _process;

    public Uri Address { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (Needs.Missing("chromium") is null) await StartAsync(0);
    }

    /// <summary>Starts it, on the same port again if it is given.</summary>
    public async Task StartAsync(int port)
    {
        var example = Path.Combine(RepositoryFiles.Root, "examples/clickstream/pipeline.yaml");
        _process = CliProcess.Start(_folder, new Dictionary<string, string>(StringComparer.Ordinal), "run", example, "--port", port.ToString(CultureInfo.InvariantCulture));
        Address = new Uri(Listening().Match(await _process.ReadErrorsToAsync("listening on")).Groups["address"].Value);
    }

    /// <summary>Ctrl-C, and waits for the end.</summary>
    public async Task StopAsync()
    {
        await _process!.InterruptAsync();
        await _process.EndAsync();
        _process.Dispose();
        _process = null;
    }

    public async Task DisposeAsync()
    {
        if (_process is not null) await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [GeneratedRegex("(?<address>http://[^ ]+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Listening();
}
