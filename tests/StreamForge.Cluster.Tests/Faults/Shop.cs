using System.Globalization;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Testing.Retail;

namespace StreamForge.Cluster.Tests.Faults;

/// <summary>
/// Online Retail through a topic whose key is the invoice: a view by that key and two by others, one of which a quarter of the lines lack; a filter; expectations; rows and closed hours into tables. Lines come in the file's order, a
/// millisecond apart within a minute, so that no two have the same time and none is late.
/// </summary>
internal sealed class Shop
{
    public const string Source = "orders";

    /// <param name="connection">The brokers.</param>
    /// <param name="topic">The topic.</param>
    public static string Pipeline(string connection = "nowhere:9092", string topic = Source) => $$$"""
        metadata: {name: shop}
        sources:
          orders:
            type: kafka
            connection: "{{{connection}}}"
            topic: {{{topic}}}
            format: json
            event_time: InvoiceDate
            schema: [{name: InvoiceNo, type: string}, {name: StockCode, type: string}, {name: Quantity, type: int}, {name: InvoiceDate, type: timestamptz}, {name: UnitPrice, type: "decimal(10,3)"}, {name: CustomerID, type: bigint}, {name: Country, type: string}]
            watermark: {out_of_orderness: 1m, max_future: 24h}
        transformations:
          - name: lines
            type: sql_transform
            input: orders
            sql: |
              SELECT InvoiceNo, StockCode, CustomerID AS customer_id, Quantity, Quantity * UnitPrice AS amount, CAST(UnitPrice AS DOUBLE) AS price, Quantity < 0 AS cancelled, Country, InvoiceDate FROM {{ input }}
            expect: [{must: "price > 0"}, {should: "ABS(Quantity) < 1000", within: 1%}]
          - name: sales
            type: sql_transform
            input: lines
            sql: SELECT * FROM {{ input }} WHERE NOT cancelled AND Country <> 'France'
        features:
          - view: invoices
            input: lines
            entity: [InvoiceNo]
            clock: event
            windows: [1h, lifetime, {tumbling: 30m}]
            aggregates:
              - {name: lines, function: count}
              - {name: total, function: sum, of: amount}
              - {name: pieces, function: sum, of: Quantity, where: "NOT cancelled"}
          - view: customers
            input: sales
            entity: [{name: customer_id, type: bigint}]
            clock: event
            windows: [1h, 1d, lifetime, {tumbling: 1h}]
            aggregates:
              - {name: lines, function: count}
              - {name: pieces, function: sum, of: Quantity}
              - {name: spend, function: sum, of: amount}
              - {name: paid, function: sum, of: price}
              - {name: price_avg, function: avg, of: price}
              - {name: line_avg, function: avg, of: amount}
              - {name: least, function: min, of: amount}
              - {name: most, function: max, of: price}
              - {name: first_product, function: first, of: StockCode}
              - {name: last_product, function: last, of: StockCode}
              - {name: products, function: distinct, of: StockCode}
              - {name: many, function: count, where: "Quantity > 10"}
            derived: [{name: mean_1d, expression: "spend_1d / NULLIF(lines_1d, 0)"}]
          - view: products
            input: lines
            entity: [StockCode, Country]
            clock: event
            windows: [6h, {tumbling: 1d}]
            aggregates:
              - {name: lines, function: count}
              - {name: customers, function: distinct, of: customer_id}
              - {name: dearest, function: max, of: amount}
        sinks:
          lines:
            type: iceberg
            input: lines
            table: shop.lines
          hours:
            type: iceberg
            input: customers
            table: shop.customer_hours
        """;

    private static readonly Lazy<RetailLine[]> Lines = new(() => [.. RetailCsv.Read(RepositoryFiles.OnlineRetail).Take(60_000)]);

    private int _next;
    private long _newest;

    /// <summary>The next lines as events of partitions, and after them a mark in each partition, so that all partitions have come to the same time.</summary>
    public IReadOnlyDictionary<int, List<string>> Next(int lines, int partitions)
    {
        var events = Enumerable.Range(0, partitions).ToDictionary(p => p, _ => new List<string>());
        for (var end = _next + lines; _next < end; _next++)
        {
            var line = Lines.Value[_next];
            _newest = Math.Max(_newest, line.InvoiceDate + _next % 50_000 * 1000L);
            events[Hash(line.InvoiceNo) % partitions].Add(Event(line.InvoiceNo, line, _newest));
            if (_next % 97 == 0) events[_next % partitions].Add($$"""{"InvoiceNo": "{{_next}}", "Quantity": """);
            if (_next % 101 == 0) events[_next % partitions].Add($$"""{"InvoiceNo": "{{_next}}", "StockCode": "no time", "Quantity": 1, "UnitPrice": 1}""");
        }
        foreach (var (partition, list) in events) list.Add(Event($"mark-{partition}", Lines.Value[_next], _newest));
        return events;
    }

    /// <summary>Writes the next lines to the topic of this process.</summary>
    public void Feed(TestedCluster cluster, int lines)
    {
        var topic = cluster.Topic(Source);
        foreach (var (partition, events) in Next(lines, topic.Partitions)) topic.Write(partition, events);
    }

    private static int Hash(string text) => text.Sum(c => c * 31);

    private static string Event(string invoice, RetailLine line, long micros) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"InvoiceNo": "{{invoice}}", "StockCode": {{JsonSerializer.Serialize(line.StockCode)}}, "Quantity": {{line.Quantity}}, "InvoiceDate": "{{EventTime.Format(micros)}}", "UnitPrice": {{line.UnitPrice}}, "CustomerID": {{(line.CustomerId is { } id ? $"{id}" : "null")}}, "Country": "{{line.Country}}"}""");
}
