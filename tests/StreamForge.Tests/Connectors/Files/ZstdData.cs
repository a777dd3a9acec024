using System.Runtime.InteropServices;
using System.Text;

namespace StreamForge.Tests.Connectors.Files;

/// <summary>Compresses with the system's libzstd, where it is installed.</summary>
internal static unsafe class ZstdData
{
    private static readonly nint Library = NativeLibrary.TryLoad("libzstd.so.1", out var library) || NativeLibrary.TryLoad("libzstd.dylib", out library) ? library : 0;

    public static bool IsInstalled => Library != 0;

    public static byte[] Compress(string text)
    {
        var compress = (delegate* unmanaged<byte*, nuint, byte*, nuint, int, nuint>)NativeLibrary.GetExport(Library, "ZSTD_compress");
        var source = Encoding.UTF8.GetBytes(text);
        var target = new byte[source.Length + 1024];
        fixed (byte* from = source, to = target)
            return target[..(int)compress(to, (nuint)target.Length, from, (nuint)source.Length, 3)];
    }
}
