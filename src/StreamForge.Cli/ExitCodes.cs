using StreamForge.Core;

namespace StreamForge.Cli;

/// <summary>What the program's end says to scripts.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>The work failed.</summary>
    public const int Failed = 1;

    /// <summary>Wrong usage, an invalid definition, or something that is not supported yet.</summary>
    public const int Usage = 2;

    /// <summary><c>diff</c> found a change.</summary>
    public const int Changed = 3;

    /// <summary>Interrupted, after a clean stop.</summary>
    public const int Interrupted = 130;

    public static int Of(ErrorKind kind) => kind switch
    {
        ErrorKind.InvalidDefinition or ErrorKind.InvalidArgument or ErrorKind.Conflict or ErrorKind.NotSupported => Usage,
        _ => Failed,
    };
}
