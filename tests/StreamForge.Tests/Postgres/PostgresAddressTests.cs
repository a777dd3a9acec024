using StreamForge.Core;
using StreamForge.Postgres.Connections;

namespace StreamForge.Tests.Postgres;

public class PostgresAddressTests
{
    [Theory]
    [InlineData("postgresql://u:p@db:5433/lake", "db", 5433, "u", "p", "lake")]
    [InlineData("postgres://u%40x:p%3A%2F%40@db/lake", "db", 5432, "u@x", "p:/@", "lake")]
    [InlineData("postgresql://db", "db", 5432, null, null, null)]
    [InlineData("postgresql://u:p:q@[::1]:7000/d?sslmode=require&application_name=a%20b", "::1", 7000, "u", "p:q", "d")]
    [InlineData("Host=db;Port=5433;Username=u;Password=p;Database=lake", "db", 5433, "u", "p", "lake")]
    [InlineData("postgresql://u:p@a:1,b:2/d?target_session_attrs=primary", "a:1,b:2", 5432, "u", "p", "d")]
    public void Both_forms_are_read(string address, string host, int port, string? user, string? password, string? database)
    {
        var read = PostgresAddress.Parse(address);
        Assert.Equal((host, port, user, password, database), (read.Host, read.Port, read.Username, read.Password, read.Database));
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("postgresql://")]
    [InlineData("postgresql://u:secret@db:port/lake")]
    [InlineData("postgresql://u:secret@db/lake?sslmod=require")]
    [InlineData("postgresql://u:secret@db/lake?sslmode")]
    [InlineData("postgresql://u:secret@db/lake?sslmode=perhaps")]
    [InlineData("Host=db;Pasword=secret")]
    [InlineData("Username=secret")]
    public void A_wrong_address_is_refused_without_being_repeated(string address)
    {
        var error = Assert.Throws<StreamForgeException>(() => PostgresAddress.Parse(address));
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        Assert.Contains("postgresql://user:password@host:port/database", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_clients_of_the_schema_find_its_tables_without_naming_it()
    {
        await using var database = new PostgresDatabase("postgresql://u:p@db:5433/lake", "my \"schema\"");
        Assert.Equal("db:5433/lake", database.Name);
        Assert.Contains("Search Path=", database.ConnectionString, StringComparison.Ordinal);
        Assert.Equal("\"my \"\"schema\"\"\"", new Npgsql.NpgsqlConnectionStringBuilder(database.ConnectionString).SearchPath);
        Assert.Throws<StreamForgeException>(() => new PostgresDatabase("postgresql://db", ""));
    }
}
