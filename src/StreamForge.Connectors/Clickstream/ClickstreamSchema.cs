using StreamForge.Core;

namespace StreamForge.Connectors.Clickstream;

/// <summary>The columns of the clickstream, in the order in which a line has them. A line leaves out what is null.</summary>
public static class ClickstreamSchema
{
    public static Schema Columns { get; } = new(
    [
        new Field("event_id", DataType.String),
        new Field("event_type", DataType.String),
        new Field("user_id", DataType.String),
        new Field("session_id", DataType.String),
        new Field("product_id", DataType.String),
        new Field("category", DataType.String),
        new Field("price", DataType.Decimal(10, 2)),
        new Field("quantity", DataType.Int),
        new Field("transaction_value", DataType.Decimal(12, 2)),
        new Field("page_url", DataType.String),
        new Field("referrer", DataType.String),
        new Field("device", DataType.String),
        new Field("country", DataType.String),
        new Field("event_time", DataType.TimestampTz),
    ]);
}
