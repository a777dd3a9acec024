using Npgsql;

namespace StreamForge.Postgres.Connections;

/// <summary>Reading rows that Npgsql has whole in its buffer, as it has all but those that are read sequentially.</summary>
internal static class Rows
{
    public static byte[] Bytes(this NpgsqlDataReader row, int column) => row.GetFieldValue<byte[]>(column);

    public static long? Number(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
}
