using StreamForge.Core;

namespace StreamForge.ObjectStores.Local;

/// <summary>What the operating system refused, with the location, a kind and whether a retry can help.</summary>
internal static class LocalFaults
{
    private const int NoSpaceHResult = unchecked((int)0x80070070), NoSpaceErrno = 28, QuotaErrno = 122;

    public static StreamForgeException NotFound(string location) => new(ErrorKind.NotFound, $"the object {location} does not exist");

    /// <summary>An exception of the base library as one of ours; <paramref name="what"/> is a phrase such as "cannot be written".</summary>
    public static StreamForgeException From(Exception exception, string location, string what) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => NotFound(location),
        UnauthorizedAccessException => new StreamForgeException(ErrorKind.PermissionDenied, $"the object {location} {what}: {exception.Message}", inner: exception),
        IOException { HResult: NoSpaceHResult or NoSpaceErrno or QuotaErrno } =>
            new StreamForgeException(ErrorKind.Exhausted, $"the object {location} {what}: the disk is full", retryable: true, exception),
        _ => new StreamForgeException(ErrorKind.Unavailable, $"the object {location} {what}: {exception.Message}", retryable: true, exception),
    };

    /// <summary>Whether <see cref="From"/> knows the exception; any other is a defect and passes through.</summary>
    public static bool Covers(Exception exception) => exception is IOException or UnauthorizedAccessException;
}
