using Npgsql;
using NpgsqlTypes;

namespace StreamForge.Postgres.Transfer;

/// <summary>The nodes that the membership table in the schema knows.</summary>
internal static class PostgresMembers
{
    /// <summary>A member that has not said for this long that it is alive is none (three times Orleans' own interval).</summary>
    public static TimeSpan Silence { get; } = TimeSpan.FromSeconds(90);

    /// <summary>Nodes that are alive, as far as the table says: neither dead (6) nor silent for too long.</summary>
    /// <param name="cluster">The cluster's id; null for those of all clusters.</param>
    internal static Task<List<string>> LivingAsync(NpgsqlConnection connection, string schema, string? cluster, CancellationToken cancellation) => TransferReads.QueryAsync(
        connection,
        $"""
        select Address || ':' || Port || '@' || Generation from {schema}.OrleansMembershipTable
        where Status <> 6 and IAmAliveTime > now() - $1::interval and ($2::text is null or DeploymentId = $2::text) order by 1
        """,
        static row => row.GetString(0), cancellation,
        new NpgsqlParameter<TimeSpan> { TypedValue = Silence }, new NpgsqlParameter { Value = (object?)cluster ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
}
