using Npgsql;
using StreamForge.Core;
using StreamForge.Postgres;
using StreamForge.Postgres.Connections;
using StreamForge.Postgres.Schema;

namespace StreamForge.Integration.Tests.Postgres;

public class SchemaTests
{
    private static readonly string[] All = ["001-keys-and-records", "002-orleans", "003-images"];

    [ServiceFact(PostgresTrial.Need)]
    public async Task Installed_once_it_says_what_it_did_and_installed_again_that_there_was_nothing_to_do()
    {
        await using var trial = await PostgresTrial.StartAsync();
        Assert.Equal((All.Length, All.Length, 0), await InstallAsync(trial) is var again ? (again.Before, again.Now, again.Applied.Count) : default);
        await trial.ScalarAsync($"drop schema \"{trial.Schema}\" cascade");
        var first = await InstallAsync(trial);
        Assert.Equal((0, All.Length), (first.Before, first.Now));
        Assert.Equal(All, first.Applied);
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task Installed_many_times_at_once_one_makes_the_tables_and_the_others_find_them()
    {
        await using var trial = await PostgresTrial.StartAsync();
        await trial.ScalarAsync($"drop schema \"{trial.Schema}\" cascade");
        var changes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => InstallAsync(trial))));
        Assert.Equal([All.Length], changes.Select(c => c.Applied.Count).Where(n => n > 0));
        Assert.Single(changes, c => c.Before == 0);
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task An_older_schema_is_upgraded_and_keeps_its_rows()
    {
        await using var trial = await PostgresTrial.StartAsync();
        await PostgresPipelineStorage.OpenAsync(trial.Database, "kept", [], CancellationToken.None);
        // As a program that knew the first script only left it.
        await trial.ScalarAsync("drop table OrleansQuery, OrleansMembershipTable, OrleansMembershipVersionTable, OrleansRemindersTable, OrleansStorage; drop table images; drop index ledgers_of_views; delete from schema_version where version >= 2");
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => PostgresPipelineStorage.OpenAsync(trial.Database, "kept", [], CancellationToken.None));
        Assert.Equal(ErrorKind.Conflict, error.Kind);
        Assert.EndsWith("has version 1, this program works with version 3; streamforge silo init-db upgrades it", error.Message, StringComparison.Ordinal);
        Assert.Equal(["002-orleans", "003-images"], (await InstallAsync(trial)).Applied);
        Assert.Equal(["kept"], await PostgresPipelineStorage.PipelinesAsync(trial.Database, CancellationToken.None));
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task Tables_of_a_newer_program_or_of_other_scripts_are_left_alone()
    {
        await using var trial = await PostgresTrial.StartAsync();
        await trial.ScalarAsync("insert into schema_version values (4, 'later', 'x')");
        Assert.Contains("made by a newer program", await RefusalAsync(trial), StringComparison.Ordinal);
        await trial.ScalarAsync("delete from schema_version where version = 4; update schema_version set checksum = 'other' where version = 1");
        Assert.Contains("was made by another script", await RefusalAsync(trial), StringComparison.Ordinal);
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task What_is_printed_makes_the_same_tables_when_a_person_runs_it()
    {
        await using var trial = await PostgresTrial.StartAsync();
        await trial.ScalarAsync($"drop schema \"{trial.Schema}\" cascade");
        await trial.ScalarAsync(SchemaInstaller.Print(trial.Database));
        Assert.Empty((await InstallAsync(trial)).Applied);
        await using var connection = new NpgsqlConnection(trial.Database.ConnectionString);
        await connection.OpenAsync();
        await using var twice = new NpgsqlCommand(SchemaInstaller.Print(trial.Database), connection);
        Assert.Equal(PostgresErrorCodes.DuplicateTable, (await Assert.ThrowsAsync<PostgresException>(() => twice.ExecuteNonQueryAsync())).SqlState);
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task A_missing_schema_says_what_creates_it()
    {
        await using var database = new PostgresDatabase(Environment.GetEnvironmentVariable(PostgresTrial.Need)!, "nobody made this");
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => PostgresPipelineStorage.OpenAsync(database, "retail", [], CancellationToken.None));
        Assert.Equal((ErrorKind.NotFound, false), (error.Kind, error.Retryable));
        Assert.Contains("streamforge silo init-db", error.Message, StringComparison.Ordinal);
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task A_wrong_password_is_refused_for_good_and_an_absent_server_is_worth_another_try()
    {
        var address = PostgresAddress.Parse(Environment.GetEnvironmentVariable(PostgresTrial.Need)!);
        address.Password = "not this one";
        await using var locked = new PostgresDatabase(address.ConnectionString);
        var refused = await Assert.ThrowsAsync<StreamForgeException>(() => SchemaInstaller.InstallAsync(locked, CancellationToken.None));
        Assert.Equal((ErrorKind.PermissionDenied, false), (refused.Kind, refused.Retryable));
        Assert.DoesNotContain("not this one", refused.Message, StringComparison.Ordinal);
        address.Port = 1;
        await using var absent = new PostgresDatabase(address.ConnectionString);
        var away = await Assert.ThrowsAsync<StreamForgeException>(() => SchemaInstaller.InstallAsync(absent, CancellationToken.None));
        Assert.Equal((ErrorKind.Unavailable, true), (away.Kind, away.Retryable));
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task Views_are_found_by_name_whatever_their_order_in_the_plan()
    {
        await using var trial = await PostgresTrial.StartAsync();
        var (me, id) = (Guid.NewGuid(), new StreamForge.Cluster.Ports.KeyId(0, [1]));
        var before = await PostgresPipelineStorage.OpenAsync(trial.Database, "retail", ["a", "b"], CancellationToken.None);
        await before.Keys.WriteAsync([new(id, 0, me, [1], 0, null, [])], CancellationToken.None);
        var after = await PostgresPipelineStorage.OpenAsync(trial.Database, "retail", ["new", "b", "a"], CancellationToken.None);
        Assert.Equal([null, null, me], (await after.Keys.LoadAsync([id, id with { View = 1 }, id with { View = 2 }], CancellationToken.None)).Select(k => k?.Writer));
        var other = await PostgresPipelineStorage.OpenAsync(trial.Database, "another", ["a", "b"], CancellationToken.None);
        Assert.Null((await other.Keys.LoadAsync([id], CancellationToken.None))[0]);
    }

    [ServiceFact(PostgresTrial.Need)]
    public async Task Bulk_statements_look_up_key_by_key_in_the_order_of_the_array_whatever_statistics_say()
    {
        await using var trial = await PostgresTrial.StartAsync();
        await using var connection = await trial.Database.Source.OpenConnectionAsync();
        var statements = new StreamForge.Postgres.Keys.KeyStatements(trial.Database.Quoted);
        foreach (var fill in new[] { "analyze", $"insert into {trial.Database.Quoted}.pipelines (name) values ('p'); insert into {trial.Database.Quoted}.views (pipeline_id, name) select id, 'v' from {trial.Database.Quoted}.pipelines; insert into {trial.Database.Quoted}.keys select 1, 0, 1, 0, i, gen_random_uuid(), int4send(i), 'x' from generate_series(1, 20000) i; analyze {trial.Database.Quoted}.keys" })
        {
            await using (var command = new NpgsqlCommand(fill, connection)) await command.ExecuteNonQueryAsync();
            foreach (var (name, text, arguments) in new[] { ("load", statements.Load, "'{}', '{}'"), ("change", statements.Update, "'{}', '{}', '{}', '{}', '{}', '{}', '{}'") })
            {
                var plan = await PlanAsync(connection, name, text, arguments);
                Assert.Contains("Nested Loop", plan, StringComparison.Ordinal);
                Assert.Contains("Index Scan using keys_pkey", plan, StringComparison.Ordinal);
            }
            Assert.Contains("keys_due", await PlanAsync(connection, "due", statements.Due, "1, 0, 1, 5, 100"), StringComparison.Ordinal);
        }
    }

    private static async Task<string> PlanAsync(NpgsqlConnection connection, string name, string text, string arguments)
    {
        await using var command = new NpgsqlCommand($"prepare {name} as {text}; explain execute {name}({arguments}); deallocate {name}", connection);
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        do
        {
            while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        }
        while (await reader.NextResultAsync());
        return string.Join('\n', lines);
    }

    private static Task<SchemaChange> InstallAsync(PostgresTrial trial) => SchemaInstaller.InstallAsync(trial.Database, CancellationToken.None);

    private static async Task<string> RefusalAsync(PostgresTrial trial)
    {
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => InstallAsync(trial));
        Assert.Equal(ErrorKind.Conflict, error.Kind);
        Assert.Equal(error.Message, (await Assert.ThrowsAsync<StreamForgeException>(() => PostgresPipelineStorage.OpenAsync(trial.Database, "p", [], CancellationToken.None))).Message);
        return error.Message;
    }
}
