using System.Text.Json.Nodes;
using StreamForge.Testing.Services;

namespace StreamForge.Tests.Cli;

/// <summary>
/// A folder with a small pipeline, <c>shop.yaml</c>, over <c>orders.csv</c>: four good orders of two customers, the last an hour and a half late, and one line that is none.
/// </summary>
internal sealed class ShopFolder : IDisposable
{
    public const string Pipeline = """
        metadata: {name: shop}
        sources:
          orders:
            type: files
            path: ${ORDERS:-orders.csv}
            format: csv
            schema: [{name: order_id, type: string}, {name: customer, type: bigint}, {name: amount, type: "decimal(10,2)"}, {name: note, type: string}, {name: at, type: timestamp}]
            event_time: at
            watermark: {out_of_orderness: 0s}
        transformations:
          - {name: paid, type: sql_transform, input: orders, sql: "SELECT order_id, customer, amount, note, at FROM {{ input }} WHERE amount > 0"}
        features:
          - view: spending
            input: paid
            entity: [{name: customer, type: bigint}]
            windows: [1h, lifetime]
            resolution: 1m
            aggregates: [{name: orders, function: count}, {name: spend, function: sum, of: amount}]
        services:
          - {name: totals, features: ["spending:spend_lifetime"]}

        """;

    public const string Orders = """
        order_id,customer,amount,note,at
        o1,7,10.50,a,2024-01-01T10:00:00Z
        o2,8,1.00,b,2024-01-01T10:30:00Z
        o3,7,oops,c,2024-01-01T10:40:00Z
        o4,7,2.25,d,2024-01-01T12:00:00Z
        o5,7,4.00,e,2024-01-01T10:29:00Z

        """;

    private static readonly Dictionary<string, string> NoVariables = [];

    public ShopFolder()
    {
        Path = Directory.CreateTempSubdirectory("streamforge-cli-").FullName;
        Write("shop.yaml", Pipeline);
        Write("orders.csv", Orders);
    }

    public string Path { get; }

    public string this[string file] => System.IO.Path.Combine(Path, file);

    public void Write(string file, string text) => File.WriteAllText(this[file], text.ReplaceLineEndings("\n"));

    public CliProcess Start(params ReadOnlySpan<string> arguments) => CliProcess.Start(Path, NoVariables, arguments);

    public Task<CliResult> RunAsync(params ReadOnlySpan<string> arguments) => EndAsync(Start(arguments));

    public Task<CliResult> RunWithAsync(string variable, string value, params ReadOnlySpan<string> arguments) =>
        EndAsync(CliProcess.Start(Path, new Dictionary<string, string> { [variable] = value }, arguments));

    /// <summary>Runs a verb that must succeed and print one JSON document.</summary>
    public async Task<JsonNode> JsonAsync(params string[] arguments)
    {
        var result = await RunAsync([.. arguments, "--json"]);
        Assert.Equal("", result.Errors);
        Assert.Equal(0, result.Code);
        return JsonNode.Parse(result.Output)!;
    }

    private static async Task<CliResult> EndAsync(CliProcess process)
    {
        using (process) return await process.EndAsync();
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
