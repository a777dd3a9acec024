using StreamForge.Pipeline.Definitions;

namespace StreamForge.Cli.Explaining;

/// <summary>Words for parts of a plan.</summary>
internal static class PlanWords
{
    public static string Type(SourceOptions options) => options switch
    {
        FilesSourceOptions => "files",
        IcebergSourceOptions => "iceberg",
        ClickstreamSourceOptions => "clickstream",
        _ => "unknown",
    };

    public static string Describe(SourceOptions options) => options switch
    {
        FilesSourceOptions files => $"files, {files.Format}, {files.Path}",
        IcebergSourceOptions table => $"iceberg, {(table.Table is { } name ? $"table {name}" : $"table at {table.Path}")}",
        ClickstreamSourceOptions c => $"clickstream, {(c.Rate is { } rate ? $"{rate:0.###} events a second" : "as fast as they are taken")}, {(c.Events is { } events ? $"{events:N0} events" : "without an end")}, {c.Users:N0} users, {c.Products:N0} products, seed {c.Seed}, {c.Late:P0} out of order",
        _ => Type(options),
    };
}
