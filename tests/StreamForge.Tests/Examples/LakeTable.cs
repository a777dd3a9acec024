using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using StreamForge.Core;
using StreamForge.Embedded.Storage;
using StreamForge.Iceberg.Catalogs;
using StreamForge.Iceberg.Scans;
using StreamForge.ObjectStores.Local;

namespace StreamForge.Tests.Examples;

/// <summary>Some columns of a table of a data directory at its current snapshot, as text; null is null.</summary>
internal sealed record LakeTable(string[] Columns, List<string?[]> Rows)
{
    public static async Task<LakeTable> ReadAsync(DataDirectory data, string table, params string[] columns)
    {
        var store = new LocalObjectStore();
        var loaded = await new WarehouseCatalog(store, LocalPath.ToLocation(data.Warehouse), TimeProvider.System).LoadAsync(TableName.Parse(table), CancellationToken.None);
        var scan = await TableScan.PlanAsync(store, loaded.Metadata, loaded.MetadataLocation, new ScanOptions { Columns = [.. columns] }, CancellationToken.None);
        var rows = new List<string?[]>();
        await foreach (var batch in scan.ReadAsync())
        {
            for (var row = 0; row < batch.Count; row++)
            {
                var values = new string?[columns.Length];
                for (var i = 0; i < values.Length; i++) values[i] = batch.Columns[i].IsNull(row) ? null : FeatureValue.From(batch.Columns[i], row).ToString();
                rows.Add(values);
            }
            batch.Release();
        }
        return new LakeTable(columns, rows);
    }

    /// <summary>How many rows have a value in a column.</summary>
    public int Values(string column) => Rows.Count(r => r[Place(column)] is not null);

    public decimal Sum(string column) => Rows.Sum(r => r[Place(column)] is { } text ? decimal.Parse(text, CultureInfo.InvariantCulture) : 0);

    /// <summary>Every row a line, its values with tabs between them and <c>\N</c> for null, in ordinal order.</summary>
    public IEnumerable<string> Lines() => Rows.Select(Line).Order(StringComparer.Ordinal);

    public static string Line(string?[] row) => string.Join('\t', row.Select(v => v ?? "\\N"));

    /// <summary>The SHA-256 of <see cref="Lines"/>, each ended by a line feed.</summary>
    public string Sha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var line in Lines()) hash.AppendData(Encoding.UTF8.GetBytes(line + "\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private int Place(string column) => Array.IndexOf(Columns, column);
}
