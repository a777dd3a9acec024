namespace StreamForge.Testing.Services;

/// <summary>
/// What a test may need that a checkout does not bring, by name. An environment variable (<c>ICEBERG_PYTHON</c>, <c>KAFKA_BOOTSTRAP</c>) is there when it is set;
/// <c>npm</c> when Node.js is found and the packages of <c>tests/interop</c> are installed; <c>chromium</c> when that browser is; a name with a slash (<c>data/iceberg</c>) when that folder or file lies in <c>shared</c> beside the repository.
/// </summary>
public static class Needs
{
    /// <summary>The folder of real data and servers beside the repository; it need not exist.</summary>
    public static string Shared { get; } = Path.GetFullPath(Path.Combine(RepositoryFiles.Root, "..", "shared"));

    /// <summary>Why a test with these needs is skipped; null when everything is there.</summary>
    public static string? Missing(params ReadOnlySpan<string> needs)
    {
        foreach (var need in needs)
        {
            if (Missing(need) is { } reason) return reason;
        }
        return null;
    }

    /// <summary>The browser that the web page is tested in.</summary>
    public static string Chromium => Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } path ? path : "/usr/bin/chromium";

    private static string? Missing(string need)
    {
        if (need == "npm") return NodeScript.Missing();
        if (need == "chromium") return File.Exists(Chromium) ? null : $"there is no {Chromium}; install the package chromium, or name another with CHROMIUM";
        if (need.Contains('/')) return Path.Exists(Path.Combine(Shared, need)) ? null : $"there is no ../shared/{need} beside the repository";
        return Environment.GetEnvironmentVariable(need) is { Length: > 0 } ? null : $"{need} is not set; .ci/run sets up what it can, CONTRIBUTING.md names the rest";
    }
}
