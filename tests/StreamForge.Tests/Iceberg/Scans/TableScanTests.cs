using System.Globalization;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Iceberg.Scans;
using StreamForge.ObjectStores.Local;
using StreamForge.Testing;
using StreamForge.Testing.Services;

namespace StreamForge.Tests.Iceberg.Scans;

/// <summary>Tables that other engines wrote, against the values that DuckDB reads from them.</summary>
public sealed class TableScanTests
{
    private static readonly string Tables = Path.Combine(Needs.Shared, "data", "iceberg", "duckdb-iceberg");

    [ServiceFact("data/iceberg")]
    public async Task Every_table_gives_the_values_that_another_reader_gives()
    {
        using var golden = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(RepositoryFiles.Root, "tests", "StreamForge.Tests", "Iceberg", "Scans", "tables.golden.json")));
        var problems = new List<string>();
        foreach (var table in golden.RootElement.EnumerateArray())
        {
            var name = table.GetProperty("table").GetString()!;
            try
            {
                var rows = await RowsAsync(name, new ScanOptions());
                if (rows.Count != table.GetProperty("rows").GetInt32()) problems.Add($"{name}: {rows.Count} rows where {table.GetProperty("rows")} are expected");
                var expected = table.GetProperty("values").EnumerateArray().Select(r => string.Join('|', r.EnumerateArray().Select(v => v.GetString() ?? "null"))).Order(StringComparer.Ordinal).ToList();
                if (rows.Count > expected.Count) continue;
                var actual = rows.Order(StringComparer.Ordinal).ToList();
                for (var i = 0; i < actual.Count && i < expected.Count; i++)
                {
                    if (actual[i] == expected[i]) continue;
                    problems.Add($"{name}: {actual[i]} where {expected[i]} is expected");
                    break;
                }
            }
            catch (StreamForgeException e)
            {
                problems.Add($"{name}: {e.Message}");
            }
        }
        Assert.True(problems.Count == 0, string.Join(Environment.NewLine, problems));
    }

    [ServiceFact("data/iceberg")]
    public async Task A_filter_skips_files_and_keeps_exactly_its_rows()
    {
        var scan = await PlanAsync("partition_integer/metadata/v2.metadata.json", new ScanOptions { Where = "user_id < 0" });
        await foreach (var batch in scan.ReadAsync()) Assert.Fail("no row has a user below 0");
        Assert.True(scan.Counts.Files + scan.Counts.ManifestsSkipped > 0);
        Assert.Equal(0, scan.Counts.Files - scan.Counts.FilesSkipped);
    }

    [ServiceFact("data/iceberg")]
    public async Task Bare_deletion_vectors_are_refused()
    {
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => RowsAsync("legacy_bare_deletion_vector/warehouse/default/legacy_bare_deletion_vector/metadata/00002-legacy-bare-dv.metadata.json", new ScanOptions()));
        Assert.True(error.Message.Contains("PFA1", StringComparison.Ordinal), error.Message);
    }

    private static async Task<TableScan> PlanAsync(string table, ScanOptions options)
    {
        var store = new LocalObjectStore();
        var (metadata, location) = await TableFolder.LoadAsync(store, LocalPath.ToLocation(Path.Combine(Tables, table)), default);
        return await TableScan.PlanAsync(store, metadata, location, options, default);
    }

    private static async Task<List<string>> RowsAsync(string table, ScanOptions options)
    {
        var scan = await PlanAsync(table, options);
        var rows = new List<string>();
        await foreach (var batch in scan.ReadAsync())
        {
            for (var row = 0; row < batch.Count; row++)
            {
                var values = new List<string>();
                foreach (var column in batch.Columns) values.Add(Show(column, row));
                rows.Add(string.Join('|', values));
            }
            batch.Release();
        }
        return rows;
    }

    private static string Show(Column column, int row) => column.IsNull(row) ? "null" : column switch
    {
        Int64Column times when column.Type.IsTimestamp => DateTime.UnixEpoch.AddTicks(times[row] * 10).ToString("yyyy-MM-ddTHH:mm:ss.ffffff", CultureInfo.InvariantCulture),
        Int64Column days when column.Type.Kind == TypeKind.Date => DateTime.UnixEpoch.AddDays(days[row]).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        Int64Column integers => integers[row].ToString(CultureInfo.InvariantCulture),
        DoubleColumn doubles => doubles[row] == Math.Truncate(doubles[row]) ? doubles[row].ToString("0.0", CultureInfo.InvariantCulture) : doubles[row].ToString("R", CultureInfo.InvariantCulture),
        DecimalColumn decimals => Decimal128.Format(decimals[row], column.Type.Scale),
        BooleanColumn flags => flags[row] != 0 ? "true" : "false",
        BytesColumn bytes when column.Type.Kind == TypeKind.Bytes => Convert.ToHexStringLower(bytes[row]),
        BytesColumn when column.Type.Kind != TypeKind.String => "nested",
        _ => ((BytesColumn)column).GetString(row)!,
    };
}
