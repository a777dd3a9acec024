using System.Text.Json;

namespace StreamForge.Integration.Tests;

/// <summary><c>tables</c> of the built program over tables that PyIceberg wrote.</summary>
public sealed class TablesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("streamforge-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [ServiceFact(PythonScript.Need)]
    public async Task Table_of_another_writer_is_described_by_path_as_that_writer_describes_it()
    {
        var written = await PythonScript.RunAsync("write_table.py", _folder);
        foreach (var path in (string[])[written.GetProperty("folder").GetString()!, written.GetProperty("metadata").GetString()!])
        {
            var described = await JsonAsync("tables", "describe", path, "--json");
            Assert.Equal("lines", described.GetProperty("table").GetString());
            foreach (var name in (string[])["format_version", "rows", "files", "bytes", "snapshots"])
                Assert.Equal(written.GetProperty(name).GetInt64(), described.GetProperty(name).GetInt64());
            Assert.Equal(["id", "amount", "at"], described.GetProperty("schema").GetProperty("fields").EnumerateArray().Select(f => f.GetProperty("name").GetString()));
            Assert.Equal("day", described.GetProperty("partition_spec").GetProperty("fields")[0].GetProperty("transform").GetString());
        }
        var snapshots = await JsonAsync("tables", "snapshots", written.GetProperty("folder").GetString()!, "--limit", "1", "--json");
        Assert.Equal(2, snapshots.GetProperty("total").GetInt32());
        Assert.Equal(written.GetProperty("snapshot_id").GetInt64(), Assert.Single(snapshots.GetProperty("items").EnumerateArray()).GetProperty("snapshot_id").GetInt64());
    }

    private async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        using var process = CliProcess.Start(_folder, new Dictionary<string, string>(StringComparer.Ordinal), arguments);
        var result = await process.EndAsync();
        Assert.Equal((0, ""), (result.Code, result.Errors));
        using var document = JsonDocument.Parse(result.Output);
        return document.RootElement.Clone();
    }
}
