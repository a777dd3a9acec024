using System.Runtime.InteropServices;
using StreamForge.Connectors.Kafka;
using StreamForge.Formats.Compression;

namespace StreamForge.Cli.Doctor;

/// <summary>What the machine has: runtime, libraries, clock.</summary>
internal static class MachineChecks
{
    public static Finding Runtime() => new(".NET", Health.Ok, $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores");

    public static Finding Zstd() => ZstdLibrary.IsAvailable
        ? new Finding("zstd library", Health.Ok, "found")
        : new Finding("zstd library", Health.Warning, "not found: .zst files cannot be read, and tables are compressed with gzip", "install the package libzstd1 (Debian, Ubuntu) or zstd (others)");

    /// <param name="needed">Whether the pipeline file that is looked at has a source of type kafka.</param>
    public static Finding Kafka(bool needed) => KafkaLibrary.Version is { } version
        ? new Finding("librdkafka", Health.Ok, $"found, version {version}")
        : needed
            ? new Finding("librdkafka", Health.Missing, "not found, and the pipeline reads Kafka", KafkaLibrary.Remedy)
            : new Finding("librdkafka", Health.Ok, $"not found; only sources of type kafka need it ({KafkaLibrary.Remedy})");

    /// <summary>A clock that stands before the program's own making is wrong: event times would lie in its future.</summary>
    public static Finding Clock(TimeProvider clock, DateTimeOffset built)
    {
        var now = clock.GetUtcNow();
        return now >= built
            ? new Finding("clock", Health.Ok, $"{now:yyyy-MM-dd HH:mm:ss} UTC")
            : new Finding("clock", Health.Warning, $"{now:yyyy-MM-dd HH:mm:ss} UTC, before this program was built ({built:yyyy-MM-dd})", "set the clock, for example with timedatectl set-ntp true");
    }
}
