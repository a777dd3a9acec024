using StreamForge.Pipeline.Definitions;

namespace StreamForge.Connectors.Files;

/// <summary>The first line of one of a source's files: a CSV file's names of columns, which its records cannot be read without.</summary>
public static class FileHeader
{
    private const int LongestHeader = 1 << 20;

    /// <param name="segment">The file, as positions name it.</param>
    /// <returns>The line with its end; null when the file is gone or has no line.</returns>
    public static byte[]? Read(FilesSourceOptions options, string segment)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (new FileGlob(options.Path).List().FirstOrDefault(f => f.Segment == segment) is not { } found) return null;
        using var input = ByteInput.Open(found);
        var bytes = new byte[LongestHeader];
        var length = 0;
        while (length < bytes.Length)
        {
            var read = input.Read(bytes.AsSpan(length));
            if (read == 0) return null;
            length += read;
            if (bytes.AsSpan(0, length).IndexOf((byte)'\n') is >= 0 and var end) return bytes[..(end + 1)];
        }
        return null;
    }
}
