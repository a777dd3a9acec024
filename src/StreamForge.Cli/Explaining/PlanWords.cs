using StreamForge.Core;
using StreamForge.Pipeline.Changes;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Cli.Explaining;

/// <summary>Words for parts of a plan.</summary>
internal static class PlanWords
{
    public static string Type(SourceOptions options) => options switch
    {
        FilesSourceOptions => "files",
        KafkaSourceOptions => "kafka",
        IcebergSourceOptions => "iceberg",
        ClickstreamSourceOptions => "clickstream",
        _ => "unknown",
    };

    public static string Describe(SourceOptions options) => options switch
    {
        FilesSourceOptions files => $"files, {files.Format}, {files.Path}",
        KafkaSourceOptions kafka => $"kafka, {kafka.Format}, topic {kafka.Topic} at {kafka.Connection}, from {Start(kafka.Start)} on the first start{(kafka.ConsumerGroup is { } group ? $", durable offsets committed to the group {group}" : "")}",
        IcebergSourceOptions table => $"iceberg, {(table.Table is { } name ? $"table {name}" : $"table at {table.Path}")}",
        ClickstreamSourceOptions c => $"clickstream, {(c.Rate is { } rate ? $"{rate:0.###} events a second" : "as fast as they are taken")}, {(c.Events is { } events ? $"{events:N0} events" : "without an end")}, {c.Users:N0} users, {c.Products:N0} products, seed {c.Seed}, {c.Late:P0} out of order",
        _ => Type(options),
    };

    /// <summary>How changes are told apart, and where old images come from.</summary>
    public static string Describe(ChangelogDefinition changelog) =>
        $"of rows by {(changelog.Key.IsEmpty ? "the key of their records" : string.Join(", ", changelog.Key.Select(k => k.Value)))}; old images {(changelog.Before == BeforeImages.Stored ? "stored by the pipeline" : "from the events")}";

    /// <summary>What a stored row takes.</summary>
    public static string Describe(ImageSize size) => $"about {size.Least} to {size.Most} bytes a row{(size.HasTexts ? " and what its texts take" : "")}";

    private static string Start(KafkaStart start) => start switch
    {
        KafkaLatest => "the latest record",
        KafkaSince since => EventTime.Format(since.Micros),
        KafkaOffsets offsets => $"the offsets {string.Join(", ", offsets.Offsets.Select(o => $"{o.Key}: {o.Value}"))}",
        _ => "the earliest record",
    };
}
