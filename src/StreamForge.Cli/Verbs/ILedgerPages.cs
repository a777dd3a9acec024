using System.Text.Json;
using StreamForge.Cli.Features;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Postgres;
using StreamForge.Postgres.Connections;

namespace StreamForge.Cli.Verbs;

/// <summary>Ledgers that are somewhere else than in a data directory, page by page.</summary>
internal interface ILedgerPages
{
    /// <summary>Entries of a page at most.</summary>
    const int Most = 1000;

    /// <summary>Where they are, for people: <c>at http://…</c>.</summary>
    string Place { get; }

    /// <summary>The pipelines, each with its sources.</summary>
    Task<IReadOnlyDictionary<string, string[]>> PipelinesAsync(CancellationToken cancellation);

    /// <summary>Entries of a pipeline, oldest first, and how many there are in all.</summary>
    /// <param name="limit">From 1 to <see cref="Most"/>.</param>
    Task<(long Total, IReadOnlyList<string> Items)> ReadAsync(string pipeline, LedgerKind ledger, long skip, int limit, CancellationToken cancellation);
}

/// <summary>The ledgers of a running server: an embedded host's, or a node's.</summary>
internal sealed class ServerLedgers(string url) : ILedgerPages
{
    public string Place => $"at {url}";

    public async Task<IReadOnlyDictionary<string, string[]>> PipelinesAsync(CancellationToken cancellation)
    {
        using var json = JsonDocument.Parse(await FeatureClient.GetAsync(url, "/v1/pipelines", cancellation));
        return json.RootElement.GetProperty("items").EnumerateArray().ToDictionary(
            static p => p.GetProperty("name").GetString()!,
            static p => p.GetProperty("stages").GetProperty("nodes").EnumerateArray().Where(static n => n.GetProperty("kind").GetString() == "source").Select(static n => n.GetProperty("name").GetString()!).ToArray(),
            StringComparer.Ordinal);
    }

    public async Task<(long Total, IReadOnlyList<string> Items)> ReadAsync(string pipeline, LedgerKind ledger, long skip, int limit, CancellationToken cancellation)
    {
        var path = FormattableString.Invariant($"/v1/pipelines/{Uri.EscapeDataString(pipeline)}/{(ledger == LedgerKind.Late ? "late" : "dead-letters")}?limit={limit}&cursor={skip}");
        using var json = JsonDocument.Parse(await FeatureClient.GetAsync(url, path, cancellation));
        return (json.RootElement.GetProperty("total").GetInt64(), [.. json.RootElement.GetProperty("items").EnumerateArray().Select(static i => i.GetRawText())]);
    }
}

/// <summary>The ledgers that a cluster keeps in PostgreSQL, whether it runs or not.</summary>
internal sealed class PostgresLedgers(PostgresDatabase database) : ILedgerPages
{
    private const string Partitions = "partition/";

    private readonly Dictionary<string, IRecordStorage> _records = new(StringComparer.Ordinal);

    public string Place => "in this database";

    public async Task<IReadOnlyDictionary<string, string[]>> PipelinesAsync(CancellationToken cancellation)
    {
        var pipelines = new SortedDictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var name in await PostgresPipelineStorage.PipelinesAsync(database, cancellation))
        {
            _records[name] = (await PostgresPipelineStorage.OpenAsync(database, name, [], cancellation)).Records;
            // partition/orders/3
            var partitions = await _records[name].ListAsync(Partitions, cancellation);
            pipelines[name] = [.. partitions.Select(static p => p.Name[Partitions.Length..p.Name.LastIndexOf('/')]).Distinct(StringComparer.Ordinal)];
        }
        return pipelines;
    }

    public async Task<(long Total, IReadOnlyList<string> Items)> ReadAsync(string pipeline, LedgerKind ledger, long skip, int limit, CancellationToken cancellation) =>
        await _records[pipeline].LedgerAsync(ledger, backwards: false, skip, limit, cancellation);
}
