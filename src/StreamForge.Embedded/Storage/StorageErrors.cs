using StreamForge.Core;

namespace StreamForge.Embedded.Storage;

/// <summary>Says in one sentence what the file system would not do.</summary>
internal static class StorageErrors
{
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;
    private const int ReadOnlyFileSystem = 30;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>The error behind <paramref name="error"/> as ours; anything but a file system error is passed on as it is.</summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="doing">What was tried, such as <c>write the checkpoint in ./streamforge-data</c>.</param>
    public static Exception Translate(Exception error, string doing) => error switch
    {
        StreamForgeException or OperationCanceledException => error,
        UnauthorizedAccessException => new StreamForgeException(ErrorKind.PermissionDenied, $"cannot {doing}: the folder or file is read-only for this user", inner: error),
        IOException io => FromIo(io, doing),
        _ => error,
    };

    private static StreamForgeException FromIo(IOException error, string doing) => error.HResult switch
    {
        NoSpace or QuotaExceeded or WindowsDiskFull => new StreamForgeException(ErrorKind.Exhausted, $"cannot {doing}: the disk is full; free some space and start again", retryable: true, inner: error),
        ReadOnlyFileSystem => new StreamForgeException(ErrorKind.PermissionDenied, $"cannot {doing}: the file system is read-only", inner: error),
        _ => new StreamForgeException(ErrorKind.Unavailable, $"cannot {doing}: {error.Message}", retryable: true, inner: error),
    };
}
