using System.Runtime.InteropServices;
using StreamForge.Formats.Compression;

namespace StreamForge.Cli.Doctor;

/// <summary>What the machine has: runtime, libraries, clock.</summary>
internal static class MachineChecks
{
    private static readonly string[] KafkaLibraries = ["librdkafka.so.1", "librdkafka.so", "librdkafka.dylib", "librdkafka.dll"];

    public static Finding Runtime() => new(".NET", Health.Ok, $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores");

    public static Finding Zstd() => ZstdLibrary.IsAvailable
        ? new Finding("zstd library", Health.Ok, "found")
        : new Finding("zstd library", Health.Warning, "not found: .zst files cannot be read, and tables are compressed with gzip", "install the package libzstd1 (Debian, Ubuntu) or zstd (others)");

    public static Finding Kafka()
    {
        var found = Array.Find(KafkaLibraries, name =>
        {
            if (!NativeLibrary.TryLoad(name, out var library)) return false;
            NativeLibrary.Free(library);
            return true;
        });
        return found is not null
            ? new Finding("librdkafka", Health.Ok, $"found ({found}); only sources and sinks of type kafka need it")
            : new Finding("librdkafka", Health.Ok, "not found; only sources and sinks of type kafka will need it, and those are not supported yet");
    }

    /// <summary>A clock that stands before the program's own making is wrong: event times would lie in its future.</summary>
    public static Finding Clock(TimeProvider clock, DateTimeOffset built)
    {
        var now = clock.GetUtcNow();
        return now >= built
            ? new Finding("clock", Health.Ok, $"{now:yyyy-MM-dd HH:mm:ss} UTC")
            : new Finding("clock", Health.Warning, $"{now:yyyy-MM-dd HH:mm:ss} UTC, before this program was built ({built:yyyy-MM-dd})", "set the clock, for example with timedatectl set-ntp true");
    }
}
