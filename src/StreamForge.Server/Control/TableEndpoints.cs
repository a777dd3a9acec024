using System.Text.Json;
using StreamForge.Core;
using StreamForge.Server.Http;
using StreamForge.Server.Lookup;

namespace StreamForge.Server.Control;

/// <summary><c>/v1/tables</c>: the tables of the warehouse, their snapshots and newest rows.</summary>
internal sealed class TableEndpoints(ITableReader? tables)
{
    private const int DefaultRows = 10;
    private const int MaxRows = 100;

    public async ValueTask ListAsync(Exchange exchange)
    {
        PageQuery.RefuseAny(exchange.Query, "the list of tables");
        var all = tables is null ? [] : await tables.ListAsync(exchange.Aborted);
        var json = exchange.Json;
        json.WriteStartObject();
        json.WriteNumber("total", all.Length);
        json.WriteStartArray("items");
        foreach (var table in all) Write(json, table);
        json.WriteEndArray();
        json.WriteNull("next");
        json.WriteEndObject();
        await exchange.SendFreshJsonAsync();
    }

    public async ValueTask SnapshotsAsync(Exchange exchange)
    {
        var page = PageQuery.Parse(exchange.Query);
        if (page.NewestFirst) throw new StreamForgeException(ErrorKind.InvalidArgument, "snapshots are always listed from the newest; leave order out");
        var skip = (int)Math.Min(page.Cursor ?? 0, int.MaxValue - page.Limit);
        var found = await Port(exchange).SnapshotsAsync(exchange.RouteValue(0).ToString(), skip, page.Limit, exchange.Aborted);
        var json = exchange.Json;
        json.WriteStartObject();
        json.WriteNumber("total", found.Total);
        json.WriteStartArray("items");
        foreach (var snapshot in found.Items) Write(json, snapshot);
        json.WriteEndArray();
        if (skip + found.Items.Length < found.Total && !found.Items.IsEmpty) json.WriteString("next", $"{skip + found.Items.Length}");
        else json.WriteNull("next");
        json.WriteEndObject();
        await exchange.SendFreshJsonAsync();
    }

    public async ValueTask RowsAsync(Exchange exchange)
    {
        var limit = DefaultRows;
        for (var parameters = new QueryText(exchange.Query); parameters.Read();) limit = PageQuery.LimitOnly(parameters, MaxRows);
        var found = await Port(exchange).NewestRowsAsync(exchange.RouteValue(0).ToString(), limit, exchange.Aborted);
        var json = exchange.Json;
        json.WriteStartObject();
        json.WriteString("file", found.File);
        json.WriteStartArray("columns");
        foreach (var column in found.Columns) json.WriteStringValue(column);
        json.WriteEndArray();
        json.WriteStartArray("items");
        foreach (var row in found.Rows) json.WriteRawValue(row, skipInputValidation: true);
        json.WriteEndArray();
        json.WriteEndObject();
        await exchange.SendFreshJsonAsync();
    }

    private ITableReader Port(Exchange exchange) =>
        tables ?? throw new StreamForgeException(ErrorKind.NotFound, $"there is no table '{exchange.RouteValue(0)}'; this server has no warehouse");

    private static void Write(Utf8JsonWriter json, TableSummary table)
    {
        json.WriteStartObject();
        json.WriteString("table", table.Name);
        json.WriteString("location", table.Location);
        json.WriteString("file_format", table.FileFormat);
        json.WriteNumber("rows", table.Rows);
        json.WriteNumber("files", table.Files);
        json.WriteNumber("bytes", table.Bytes);
        json.WriteNumber("snapshots", table.Snapshots);
        json.WritePropertyName("newest");
        JsonValues.WriteTime(json, table.Newest);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TableSnapshot snapshot)
    {
        json.WriteStartObject();
        // Snapshot ids are random 64-bit numbers, more than a JSON reader's double holds.
        json.WriteString("snapshot_id", $"{snapshot.Id}");
        json.WriteString("parent_id", snapshot.Parent is { } parent ? $"{parent}" : null);
        json.WritePropertyName("time");
        JsonValues.WriteTime(json, snapshot.Time);
        json.WriteString("operation", snapshot.Operation);
        json.WriteNumber("added_rows", snapshot.AddedRows);
        json.WriteNumber("added_files", snapshot.AddedFiles);
        json.WriteNumber("added_bytes", snapshot.AddedBytes);
        json.WriteNumber("total_rows", snapshot.TotalRows);
        json.WriteStartObject("summary");
        foreach (var (name, value) in snapshot.Summary) json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
