using System.Globalization;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Iceberg.Scans;
using StreamForge.ObjectStores.Local;

namespace StreamForge.Integration.Tests;

/// <summary>Our scan over tables that PyIceberg wrote, held to what PyIceberg reads of them: where they were written, and where they were moved to.</summary>
public sealed class OtherTablesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("streamforge-other-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [ServiceFact(PythonScript.Need)]
    public async Task Tables_of_PyIceberg_give_its_rows_also_when_they_were_moved()
    {
        var written = Path.Combine(_folder, "written");
        Directory.CreateDirectory(written);
        var tables = await PythonScript.RunAsync("write_tables.py", written);
        Assert.NotEqual(0, tables.GetArrayLength());
        Assert.Equal([], await DifferencesAsync(tables, location => location));
        var moved = Path.Combine(_folder, "moved");
        Directory.Move(written, moved);
        Assert.Equal([], await DifferencesAsync(tables, location => location.Replace(written, moved, StringComparison.Ordinal)));
    }

    private static async Task<List<string>> DifferencesAsync(JsonElement tables, Func<string, string> where)
    {
        var store = new LocalObjectStore();
        var differences = new List<string>();
        foreach (var table in tables.EnumerateArray())
        {
            var name = table.GetProperty("table").GetString();
            try
            {
                var (metadata, location) = await TableFolder.LoadAsync(store, where(table.GetProperty("metadata").GetString()!), default);
                var options = new ScanOptions { SnapshotId = table.GetProperty("snapshot") is { ValueKind: JsonValueKind.Number } id ? id.GetInt64() : null, Where = table.GetProperty("where").GetString() };
                var scan = await TableScan.PlanAsync(store, metadata, location, options, default);
                var rows = new List<string>();
                await foreach (var batch in scan.ReadAsync())
                {
                    for (var row = 0; row < batch.Count; row++)
                    {
                        var cells = new List<string>();
                        foreach (var column in batch.Columns) cells.Add(Text(column, row) ?? "NULL");
                        rows.Add(string.Join(" | ", cells));
                    }
                    batch.Release();
                }
                var expected = table.GetProperty("rows").EnumerateArray().Select(r => string.Join(" | ", r.EnumerateArray().Select(c => c.GetString() ?? "NULL"))).ToList();
                var (extra, missing) = (rows.Except(expected).FirstOrDefault(), expected.Except(rows).FirstOrDefault());
                if (rows.Count != expected.Count || extra is not null) differences.Add($"{name}: {rows.Count} rows of {expected.Count}; {extra} instead of {missing}");
            }
            catch (StreamForgeException error)
            {
                differences.Add($"{name}: {error.Message}");
            }
        }
        return differences;
    }

    private static string? Text(Column column, int row) => column.IsNull(row) ? null : column switch
    {
        Int64Column integers => integers[row].ToString(CultureInfo.InvariantCulture),
        DoubleColumn doubles when Math.Abs(doubles[row]) < 1e16 => doubles[row] == Math.Truncate(doubles[row]) ? doubles[row].ToString("0.0", CultureInfo.InvariantCulture) : doubles[row].ToString("R", CultureInfo.InvariantCulture),
        DoubleColumn doubles => doubles[row].ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant(),
        DecimalColumn decimals => Decimal128.Format(decimals[row], column.Type.Scale),
        BooleanColumn flags => flags[row] != 0 ? "true" : "false",
        BytesColumn bytes when column.Type.Kind == TypeKind.Bytes => Convert.ToHexStringLower(bytes[row]),
        _ => ((BytesColumn)column).GetString(row),
    };
}
