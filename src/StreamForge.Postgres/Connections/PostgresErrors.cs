using System.Net.Sockets;
using Npgsql;
using StreamForge.Core;

namespace StreamForge.Postgres.Connections;

/// <summary>
/// What a failure of PostgreSQL means for the caller. What says nothing about the statement itself (a lost connection, a restart, a deadlock, a full pool) is retryable, and where it hits a write its outcome is
/// unknown. What the statement or the database's state is to blame for is not. SQLSTATE classes are those of the PostgreSQL manual, appendix A.
/// </summary>
internal static class PostgresErrors
{
    public static bool IsOurs(Exception error) =>
        error is NpgsqlException or SocketException or IOException or TimeoutException || (error is InvalidOperationException && error.Source == "Npgsql") || (error is ObjectDisposedException && error.Source == "Npgsql");

    /// <param name="what">What was not possible, for <c>cannot {what}</c>.</param>
    public static StreamForgeException Translate(Exception error, string what, string database)
    {
        var (kind, retryable, remedy) = error is PostgresException refused ? Judge(refused) : (ErrorKind.Unavailable, true, "");
        return new StreamForgeException(kind, $"cannot {what} in PostgreSQL {database}: {Reason(error)}{remedy}", retryable, error);
    }

    private static string Reason(Exception error) => error switch
    {
        PostgresException refused => $"{refused.MessageText.TrimEnd('.')} ({refused.SqlState})",
        { InnerException: TimeoutException } => "no answer in time",
        { InnerException: { } inner } and NpgsqlException => $"{error.Message.TrimEnd('.')}: {inner.Message.TrimEnd('.')}",
        _ => error.Message.TrimEnd('.'),
    };

    private static (ErrorKind Kind, bool Retryable, string Remedy) Judge(PostgresException error) => error.SqlState switch
    {
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedColumn => (ErrorKind.NotFound, false, "; streamforge silo init-db creates or upgrades the tables"),
        PostgresErrorCodes.InvalidCatalogName => (ErrorKind.NotFound, false, "; create the database first"),
        PostgresErrorCodes.InsufficientPrivilege => (ErrorKind.PermissionDenied, false, ""),
        PostgresErrorCodes.DiskFull => (ErrorKind.Exhausted, true, ""),
        PostgresErrorCodes.ReadOnlySqlTransaction => (ErrorKind.Unavailable, true, "; it is a standby, or is being switched over"),
        PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.LockNotAvailable => (ErrorKind.Unavailable, true, ""),
        var state => state[..2] switch
        {
            "28" => (ErrorKind.PermissionDenied, false, ""),
            "53" => (ErrorKind.Exhausted, true, ""),
            "08" or "40" or "57" => (ErrorKind.Unavailable, true, ""),
            "58" or "XX" => (ErrorKind.Corrupt, false, ""),
            _ => (ErrorKind.Internal, false, ""),
        },
    };
}
