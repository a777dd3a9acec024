namespace StreamForge.Core;

/// <summary>What sort of thing went wrong; <see cref="ErrorKindNames.Name"/> is the word that HTTP answers and logs show.</summary>
public enum ErrorKind
{
    /// <summary>A pipeline file, or an SQL text in it, is wrong.</summary>
    InvalidDefinition,

    /// <summary>A request or an option is wrong.</summary>
    InvalidArgument,

    /// <summary>The named view, service, table, file or column does not exist.</summary>
    NotFound,

    /// <summary>The moment asked for is no longer kept.</summary>
    OutOfRange,

    /// <summary>Bytes of a source, a checkpoint or a table are not what they must be.</summary>
    Corrupt,

    /// <summary>Somebody else holds what is needed: the data directory's lock, a port.</summary>
    Busy,

    /// <summary>The file system, a service or the network failed.</summary>
    Unavailable,

    /// <summary>The operating system says no: a read-only folder, a missing right.</summary>
    PermissionDenied,

    /// <summary>The disk or another resource is full.</summary>
    Exhausted,

    /// <summary>A definition does not match the state that is kept.</summary>
    Conflict,

    /// <summary>Part of the contract that is not built yet.</summary>
    NotSupported,

    /// <summary>The source's data makes a right result impossible.</summary>
    DataLoss,

    /// <summary>A defect of this program.</summary>
    Internal,
}

/// <summary>
/// An error with a kind, one clear sentence and whether the same attempt may succeed later. The sentence names the place
/// (file, line, column, or source, partition, position) and what would be right.
/// </summary>
public class StreamForgeException : Exception
{
    public StreamForgeException(ErrorKind kind, string message, bool retryable = false, Exception? inner = null) : base(message, inner)
    {
        Kind = kind;
        Retryable = retryable;
    }

    public ErrorKind Kind { get; }

    /// <summary>True when the same call may succeed later without anybody changing anything.</summary>
    public bool Retryable { get; }
}

/// <summary>The words for <see cref="ErrorKind"/> in JSON: <c>invalid_definition</c>, <c>not_found</c>, ….</summary>
public static class ErrorKindNames
{
    public static string Name(this ErrorKind kind) => kind switch
    {
        ErrorKind.InvalidDefinition => "invalid_definition",
        ErrorKind.InvalidArgument => "invalid_argument",
        ErrorKind.NotFound => "not_found",
        ErrorKind.OutOfRange => "out_of_range",
        ErrorKind.Corrupt => "corrupt",
        ErrorKind.Busy => "busy",
        ErrorKind.Unavailable => "unavailable",
        ErrorKind.PermissionDenied => "permission_denied",
        ErrorKind.Exhausted => "exhausted",
        ErrorKind.Conflict => "conflict",
        ErrorKind.NotSupported => "not_supported",
        ErrorKind.DataLoss => "data_loss",
        _ => "internal",
    };
}
