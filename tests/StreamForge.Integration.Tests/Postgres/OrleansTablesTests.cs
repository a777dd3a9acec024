using System.Data;
using Npgsql;

namespace StreamForge.Integration.Tests.Postgres;

/// <summary>The statements in OrleansQuery, run as the AdoNet providers run them: read from the table, parameters by name and of the providers' types.</summary>
public class OrleansTablesTests
{
    private static readonly DateTime Start = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    [ServiceFact(PostgresTrial.Need)]
    public async Task Every_statement_that_the_providers_ask_for_is_there()
    {
        await using var trial = await PostgresTrial.StartAsync();
        var queries = await QueriesAsync(trial);
        Assert.Equal(
            [
                "CleanupDefunctSiloEntriesKey", "ClearStorageKey", "DeleteMembershipTableEntriesKey", "DeleteReminderRowKey", "DeleteReminderRowsKey", "DeleteStorageKey", "GatewaysQueryKey",
                "InsertMembershipKey", "InsertMembershipVersionKey", "MembershipReadAllKey", "MembershipReadRowKey", "ReadFromStorageKey", "ReadRangeRows1Key", "ReadRangeRows2Key", "ReadReminderRowKey",
                "ReadReminderRowsKey", "UpdateIAmAlivetimeKey", "UpdateMembershipKey", "UpsertReminderRowKey", "WriteToStorageKey",
            ],
            queries.Keys.Order(StringComparer.Ordinal));
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task A_silo_joins_and_changes_over_the_version_that_it_has_read_and_over_no_other()
    {
        await using var trial = await PostgresTrial.StartAsync();
        var queries = await QueriesAsync(trial);
        Task<List<object?[]>> RunAsync(string key, params (string, object?)[] parameters) => ReadAsync(trial, queries[key], [("DeploymentId", "dev"), .. parameters]);

        (string, object?)[] Silo(int port) => [("Address", "10.0.0.7"), ("Port", port), ("Generation", 148)];
        (string, object?)[] New(int port, int version) =>
            [.. Silo(port), ("SiloName", "a"), ("HostName", "h"), ("Status", 3), ("ProxyPort", 30000), ("StartTime", Start), ("IAmAliveTime", Start), ("Version", version)];
        Assert.Equal(1, (await RunAsync("InsertMembershipVersionKey"))[0][0]);
        Assert.Equal(0, (await RunAsync("InsertMembershipVersionKey"))[0][0]);
        var empty = Assert.Single(await RunAsync("MembershipReadAllKey"));
        Assert.Equal((null, 0), (empty[9], empty[11]));
        Assert.Equal(0, (await RunAsync("InsertMembershipKey", New(1, version: 5)))[0][0]);
        Assert.Equal(1, (await RunAsync("InsertMembershipKey", New(1, version: 0)))[0][0]);
        Assert.Equal(0, (await RunAsync("InsertMembershipKey", New(1, version: 1)))[0][0]);
        var joined = await Task.WhenAll(Enumerable.Range(2, 6).Select(port => RunAsync("InsertMembershipKey", New(port, version: 1))));
        Assert.Equal(1, joined.Sum(j => (int)j[0][0]!));
        (string, object?)[] Change(int port, int version) => [.. Silo(port), ("Status", 6), ("SuspectTimes", "x"), ("IAmAliveTime", Start.AddHours(1)), ("Version", version)];
        Assert.Equal(0, (await RunAsync("UpdateMembershipKey", Change(1, version: 1)))[0][0]);
        Assert.Equal(0, (await RunAsync("UpdateMembershipKey", Change(99, version: 2)))[0][0]);
        Assert.Equal(1, (await RunAsync("UpdateMembershipKey", Change(1, version: 2)))[0][0]);
        var row = Assert.Single(await RunAsync("MembershipReadRowKey", Silo(1)));
        Assert.Equal(["dev", "10.0.0.7", 1, 148, "a", "h", 6, 30000, "x", Start, Start.AddHours(1), 3], row);
        Assert.Equal(2, (await RunAsync("MembershipReadAllKey")).Count);
        await RunAsync("UpdateIAmAlivetimeKey", [.. Silo(1), ("IAmAliveTime", Start.AddHours(2))]);
        Assert.Equal(Start.AddHours(2), (await RunAsync("MembershipReadRowKey", Silo(1)))[0][10]);
        Assert.Single(await RunAsync("GatewaysQueryKey", ("Status", 3)));
        await RunAsync("CleanupDefunctSiloEntriesKey", ("IAmAliveTime", Start.AddHours(3)));
        Assert.Equal(3, Assert.Single(await RunAsync("MembershipReadAllKey"))[6]);
        await RunAsync("DeleteMembershipTableEntriesKey");
        Assert.Empty(await RunAsync("MembershipReadAllKey"));
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task Reminders_are_kept_by_version_and_found_by_ranges_of_the_ring()
    {
        await using var trial = await PostgresTrial.StartAsync();
        var queries = await QueriesAsync(trial);
        Task<List<object?[]>> RunAsync(string key, params (string, object?)[] parameters) => ReadAsync(trial, queries[key], [("ServiceId", "s"), .. parameters]);

        foreach (var hash in new[] { -50, 0, 50 })
            Assert.Equal(0, (await RunAsync("UpsertReminderRowKey", ("GrainId", $"g/{hash}"), ("ReminderName", "wake"), ("StartTime", Start), ("Period", 60_000L), ("GrainHash", hash)))[0][0]);
        Assert.Equal(1, (await RunAsync("UpsertReminderRowKey", ("GrainId", "g/0"), ("ReminderName", "wake"), ("StartTime", Start), ("Period", 90_000L), ("GrainHash", 0)))[0][0]);
        Assert.Equal(["g/0", "wake", Start, 90_000L, 1], Assert.Single(await RunAsync("ReadReminderRowKey", ("GrainId", "g/0"), ("ReminderName", "wake"))));
        Assert.Single(await RunAsync("ReadReminderRowsKey", ("GrainId", "g/50")));
        Assert.Equal(["g/0", "g/50"], (await RunAsync("ReadRangeRows1Key", ("BeginHash", -50), ("EndHash", 50))).Select(r => r[0]).Order());
        Assert.Equal(["g/-50"], (await RunAsync("ReadRangeRows2Key", ("BeginHash", 50), ("EndHash", -50))).Select(r => r[0]));
        Assert.Equal(0, (await RunAsync("DeleteReminderRowKey", ("GrainId", "g/0"), ("ReminderName", "wake"), ("Version", 0)))[0][0]);
        Assert.Equal(1, (await RunAsync("DeleteReminderRowKey", ("GrainId", "g/0"), ("ReminderName", "wake"), ("Version", 1)))[0][0]);
        await RunAsync("DeleteReminderRowsKey");
        Assert.Empty(await RunAsync("ReadReminderRowsKey", ("GrainId", "g/50")));
    }

    [ServiceTheory(PostgresTrial.Need), InlineData(null), InlineData("extension")]
    public async Task A_grains_state_is_written_over_the_version_that_was_read(string? extension)
    {
        await using var trial = await PostgresTrial.StartAsync();
        var queries = await QueriesAsync(trial);
        async Task<object?[]?> RunAsync(string key, int? version, byte[]? payload = null, bool reads = false)
        {
            (string, object?)[] grain =
            [
                ("GrainIdHash", 7), ("GrainIdN0", 1L), ("GrainIdN1", -1L), ("GrainTypeHash", 8), ("GrainTypeString", "type"), ("GrainIdExtensionString", new Typed(extension, DbType.String)), ("ServiceId", "s"),
            ];
            if (!reads) grain = [.. grain, ("GrainStateVersion", new Typed(version, DbType.Int32))];
            if (payload is not null) grain = [.. grain, ("PayloadBinary", payload)];
            return (await ReadAsync(trial, queries[key], grain)).SingleOrDefault();
        }

        Assert.Null(await RunAsync("ReadFromStorageKey", null, reads: true));
        var first = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => RunAsync("WriteToStorageKey", null, [(byte)i])));
        Assert.Single(first, r => r![0] is 1);
        Assert.Equal(5, first.Count(r => r![0] is null));
        Assert.Equal(1, (await RunAsync("ReadFromStorageKey", null, reads: true))![2]);
        Assert.Equal([2], await RunAsync("WriteToStorageKey", 1, [42]));
        Assert.Equal([1], await RunAsync("WriteToStorageKey", 1, [43]));
        Assert.Equal(new byte[] { 42 }, (await RunAsync("ReadFromStorageKey", null, reads: true))![0]);
        Assert.Null(await RunAsync("ClearStorageKey", 1));
        Assert.Equal([3], await RunAsync("ClearStorageKey", 2));
        var cleared = await RunAsync("ReadFromStorageKey", null, reads: true);
        Assert.Equal((null, 3), (cleared![0], cleared[2]));
        Assert.Equal([4], await RunAsync("WriteToStorageKey", 3, [44]));
        Assert.Null(await RunAsync("DeleteStorageKey", 3));
        Assert.Equal([5], await RunAsync("DeleteStorageKey", 4));
        Assert.Null(await RunAsync("ReadFromStorageKey", null, reads: true));
    }

    /// <summary>A value that may be null, with its type.</summary>
    private sealed record Typed(object? Value, DbType Type);

    private static async Task<Dictionary<string, string>> QueriesAsync(PostgresTrial trial) =>
        (await ReadAsync(trial, "SELECT QueryKey, QueryText FROM OrleansQuery", [])).ToDictionary(r => (string)r[0]!, r => (string)r[1]!);

    private static async Task<List<object?[]>> ReadAsync(PostgresTrial trial, string text, (string Name, object? Value)[] parameters)
    {
        await using var connection = new NpgsqlConnection(trial.Database.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(text, connection);
        foreach (var (name, value) in parameters)
        {
            var typed = value as Typed ?? new Typed(value, value switch { string => DbType.String, int => DbType.Int32, long => DbType.Int64, DateTime => DbType.DateTime, _ => DbType.Binary });
            command.Parameters.Add(new NpgsqlParameter { ParameterName = name, Value = typed.Value ?? DBNull.Value, DbType = typed.Type });
        }
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<object?[]>();
        while (await reader.ReadAsync())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add([.. row.Select(v => v is DBNull ? null : v)]);
        }
        return rows;
    }
}
