using System.Globalization;
using System.Text;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Iceberg.Scans;
using StreamForge.ObjectStores.Local;

namespace StreamForge.Integration.Tests;

/// <summary>Tables of every type and every partition transform, written by the built program in several commits, as readers of other makes see them.</summary>
public sealed class TypesTests : IDisposable
{
    private static readonly (string Function, string[] Columns)[] Transforms =
    [
        ("", ["flag", "i", "l", "money", "amount", "huge", "s", "b", "day", "ts", "tz", "nothing"]),
        ("year({0})", ["day", "ts", "tz"]),
        ("month({0})", ["day", "ts", "tz"]),
        ("day({0})", ["day", "ts", "tz"]),
        ("hour({0})", ["ts", "tz"]),
        ("bucket(5, {0})", ["i", "l", "money", "amount", "huge", "s", "b", "day", "ts", "tz"]),
        ("truncate(10, {0})", ["i", "l"]),
        ("truncate(500, {0})", ["money", "amount", "huge"]),
        ("truncate(3, {0})", ["s", "b"]),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("streamforge-types-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [ServiceTheory(PythonScript.Need)]
    [InlineData("parquet")]
    [InlineData("avro")]
    public async Task Tables_of_every_type_and_transform_say_the_same_to_other_readers(string format)
    {
        var written = await PythonScript.RunAsync("write_types.py", _folder);
        await RunAsync(written, format, 1);
        await RunAsync(written, format, 2);
        await AnswerAsync(written.GetProperty("filters"), Path.Combine(_folder, "warehouse", format));

        var read = await PythonScript.RunAsync("read_types.py", Path.Combine(_folder, "warehouse", format), "1", "2");
        Assert.Equal([], read.GetProperty("faults").EnumerateArray().Select(f => f.GetString()));
        Assert.Equal(Tables().Count(), read.GetProperty("tables").GetInt32());
    }

    [ServiceFact(PythonScript.Need, NodeScript.Need)]
    public async Task Icebird_and_hyparquet_read_what_the_program_wrote()
    {
        var written = await PythonScript.RunAsync("write_types.py", _folder);
        foreach (var format in (string[])["parquet", "avro"])
        {
            await RunAsync(written, format, 1);
            await RunAsync(written, format, 2);
            var read = await NodeScript.RunAsync("read_types.mjs", Path.Combine(_folder, "warehouse", format));
            Assert.Equal(Tables().Count() - 6, read.EnumerateObject().Count());
            foreach (var reader in read.EnumerateObject().SelectMany(t => t.Value.EnumerateObject()))
                Assert.True(JsonElement.DeepEquals(written.GetProperty("totals"), reader.Value), $"{reader.Name}: {reader.Value}");
        }
    }

    /// <summary>A table for each partition, by name.</summary>
    private static IEnumerable<(string Name, string PartitionBy)> Tables() =>
    [
        ("plain", ""),
        ("two", "day(at), 'bucket(3, s)'"),
        .. Transforms.SelectMany(t => t.Columns.Select(c => t.Function.Length == 0 ? ($"identity_{c}", c) : ($"{t.Function[..t.Function.IndexOf('(', StringComparison.Ordinal)]}_{c}", $"'{string.Format(CultureInfo.InvariantCulture, t.Function, c)}'"))),
    ];

    private async Task RunAsync(JsonElement written, string format, int part)
    {
        var types = written.GetProperty("types").EnumerateObject().Where(t => part > 1 || t.Name != "added").Select(t => (t.Name, Type: t.Value.GetString()!)).ToArray();
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"metadata: {{name: types{part}}}\nsources:\n  rows:\n    type: files\n    path: part-{part}.jsonl\n    format: json\n    event_time: at\n    schema:\n");
        foreach (var (name, type) in types.Where(t => t.Name != "d").Concat([("d0", "double"), ("special", "string"), ("zero", "double"), ("one", "double")]))
            text.Append(CultureInfo.InvariantCulture, $"      - {{name: {name}, type: \"{type}\"}}\n");
        // JSON has no NaN and no infinities; divisions give them.
        text.Append(CultureInfo.InvariantCulture, $$$"""
            transformations:
              - name: typed
                type: sql_transform
                input: rows
                sql: >-
                  SELECT {{{string.Join(", ", types.Where(t => t.Name != "d").Select(t => t.Name))}}},
                  CASE special WHEN 'nan' THEN zero / zero WHEN 'inf' THEN one / zero WHEN '-inf' THEN -one / zero ELSE d0 END AS d FROM {{ input }}
            sinks:

            """);
        foreach (var (name, partitionBy) in Tables())
            text.Append(CultureInfo.InvariantCulture, $"  {name}: {{type: iceberg, input: typed, table: {format}.{name}, file_format: {format}, partition_by: [{partitionBy}]}}\n");
        var file = Path.Combine(_folder, $"{format}-{part}.yaml");
        await File.WriteAllTextAsync(file, text.ToString());
        using var process = CliProcess.Start(_folder, new Dictionary<string, string>(StringComparer.Ordinal), "run", file, "--once", "--json", "--data-dir", Path.Combine(_folder, $"data-{format}-{part}"), "--warehouse", LocalPath.ToLocation(Path.Combine(_folder, "warehouse")));
        var result = await process.EndAsync();
        Assert.True(result.Code == 0, result.Errors);
        using var summary = JsonDocument.Parse(result.Output);
        Assert.Equal((0, Tables().Count()), (summary.RootElement.GetProperty("dead_letters").GetInt32(), summary.RootElement.GetProperty("snapshots").GetInt32()));
    }

    /// <summary>Leaves what our own scan makes of each filter where the other readers look for it.</summary>
    private static async Task AnswerAsync(JsonElement filters, string tables)
    {
        var store = new LocalObjectStore();
        var answers = new Dictionary<string, Dictionary<string, object>>(StringComparer.Ordinal);
        foreach (var folder in Directory.GetDirectories(tables))
        {
            var (metadata, location) = await TableFolder.LoadAsync(store, LocalPath.ToLocation(folder), default);
            var answer = answers[Path.GetFileName(folder)] = new Dictionary<string, object>(StringComparer.Ordinal);
            foreach (var filter in filters.EnumerateArray().Select(f => f.GetString()!))
            {
                var scan = await TableScan.PlanAsync(store, metadata, location, new ScanOptions { Where = filter, Columns = ["n"] }, default);
                var rows = new List<long>();
                await foreach (var batch in scan.ReadAsync())
                {
                    rows.AddRange(((Int64Column)batch.Columns[0]).Values);
                    batch.Release();
                }
                answer[filter] = new { rows, files = scan.Counts.FilesRead };
            }
        }
        await File.WriteAllTextAsync(Path.Combine(tables, "answers.json"), JsonSerializer.Serialize(answers));
    }
}
