using Npgsql;
using StreamForge.Core;

namespace StreamForge.Postgres.Connections;

/// <summary>
/// Where PostgreSQL is, as people write it: <c>postgresql://user:password@host:port/database?sslmode=require</c> (libpq's form; several hosts stand one after another, with commas), or Npgsql's own
/// <c>Host=…;Username=…</c>. No error message repeats the text, which holds a password.
/// </summary>
public static class PostgresAddress
{
    private const string Expected = "a PostgreSQL address is postgresql://user:password@host:port/database or Host=…;Port=…;Username=…;Password=…;Database=…";

    /// <summary>Parameters of the URL form that Npgsql calls otherwise; others go by Npgsql's own names.</summary>
    private static readonly Dictionary<string, string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["sslmode"] = "SSL Mode",
        ["sslrootcert"] = "Root Certificate",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["application_name"] = "Application Name",
        ["connect_timeout"] = "Timeout",
        ["target_session_attrs"] = "Target Session Attributes",
        ["user"] = "Username",
        ["password"] = "Password",
        ["dbname"] = "Database",
        ["passfile"] = "Passfile",
    };

    /// <exception cref="StreamForgeException">InvalidArgument when it is neither form.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string address)
    {
        try
        {
            var builder = IsUrl(address) ? FromUrl(address) : new NpgsqlConnectionStringBuilder(address);
            return string.IsNullOrEmpty(builder.Host) ? throw Wrong("it names no host") : builder;
        }
        catch (Exception error) when (error is ArgumentException or FormatException or OverflowException)
        {
            throw Wrong("it cannot be read");
        }
    }

    private static bool IsUrl(string address) =>
        address.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase) || address.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase);

    private static NpgsqlConnectionStringBuilder FromUrl(string address)
    {
        var rest = address[(address.IndexOf("://", StringComparison.Ordinal) + 3)..];
        var query = Cut(ref rest, rest.IndexOf('?'));
        var database = Cut(ref rest, rest.IndexOf('/'));
        var at = rest.LastIndexOf('@');
        var builder = new NpgsqlConnectionStringBuilder { Host = rest[(at + 1)..] };
        if (builder.Host.Length > 0 && !builder.Host.Contains(',') && PortAt(builder.Host) is var colon and >= 0)
        {
            builder.Port = int.Parse(builder.Host.AsSpan(colon + 1));
            builder.Host = builder.Host[..colon].Trim('[', ']');
        }
        if (at >= 0)
        {
            var user = rest[..at];
            var password = Cut(ref user, user.IndexOf(':'));
            builder.Username = Uri.UnescapeDataString(user);
            if (password is not null) builder.Password = Uri.UnescapeDataString(password);
        }
        if (database is { Length: > 0 }) builder.Database = Uri.UnescapeDataString(database);
        foreach (var parameter in (query ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries)) Set(builder, parameter);
        return builder;
    }

    /// <summary>Takes what follows the character at <paramref name="index"/> off the text; null when it is not there.</summary>
    private static string? Cut(ref string text, int index)
    {
        if (index < 0) return null;
        var cut = text[(index + 1)..];
        text = text[..index];
        return cut;
    }

    /// <summary>Where the port's colon is; an address of IPv6 stands in brackets.</summary>
    private static int PortAt(string host) => host.LastIndexOf(':') is var colon && colon > host.LastIndexOf(']') ? colon : -1;

    private static void Set(NpgsqlConnectionStringBuilder builder, string parameter)
    {
        var name = parameter;
        var value = Cut(ref name, name.IndexOf('='));
        if (value is null) throw Wrong($"its parameter '{name}' has no value");
        var known = Names.GetValueOrDefault(name, name);
        if (!builder.ContainsKey(known)) throw Wrong($"it has an unknown parameter '{name}'");
        builder[known] = Uri.UnescapeDataString(value).Replace("verify-ca", "VerifyCA", StringComparison.Ordinal).Replace("verify-full", "VerifyFull", StringComparison.Ordinal);
    }

    private static StreamForgeException Wrong(string what) => new(ErrorKind.InvalidArgument, $"the address of PostgreSQL is wrong, {what}: {Expected}");
}
