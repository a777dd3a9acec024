using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;
using StreamForge.Core;

namespace StreamForge.Connectors.Kafka;

/// <summary>
/// The system's librdkafka, which the client runs on. It is looked for by its versioned name, which is all that a distribution's run-time package brings; the client asks for it, and for libdl,
/// by names that only development packages have, so a resolver stands between the two. Safe from any thread; loaded once.
/// </summary>
public static class KafkaLibrary
{
    private const string Missing = "librdkafka is not installed, and reading and writing Kafka needs it; install it with apt-get install librdkafka1 (Debian, Ubuntu), brew install librdkafka (macOS), or put librdkafka.dll beside the program (Windows)";

    private static readonly string[] Names = ["librdkafka.so.1", "librdkafka.so", "librdkafka.1.dylib", "librdkafka.dylib", "/opt/homebrew/lib/librdkafka.dylib", "/usr/local/lib/librdkafka.dylib", "librdkafka.dll"];
    private static readonly Lazy<string?> Loaded = new(Load);

    /// <summary>What to install where it is missing.</summary>
    public const string Remedy = "apt-get install librdkafka1";

    /// <summary>The library's version; null when it is not there or cannot be used.</summary>
    public static string? Version => Loaded.Value;

    /// <exception cref="StreamForgeException">NotFound when the library is not there.</exception>
    internal static void Require()
    {
        if (Loaded.Value is null) throw new StreamForgeException(ErrorKind.NotFound, Missing);
    }

    private static string? Load()
    {
        NativeLibrary.SetDllImportResolver(typeof(Library).Assembly, Resolve);
        try
        {
            Library.Load(null);
            return Library.VersionString;
        }
        catch (Exception missing) when (missing is DllNotFoundException or InvalidOperationException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    private static nint Resolve(string name, Assembly client, DllImportSearchPath? path)
    {
        switch (name)
        {
            case "librdkafka": return TryLoad(Names, out var library) ? library : 0;
            case "libdl": return TryLoad(["libdl.so.2", "libc.so.6", "libSystem.dylib"], out var loader) ? loader : 0;
            default: return 0;
        }
    }

    private static bool TryLoad(string[] names, out nint library)
    {
        library = 0;
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, out library)) return true;
        }
        return false;
    }
}
