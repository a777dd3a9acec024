using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace StreamForge.Tests.Cli;

/// <summary><c>doctor</c> as the built program.</summary>
public sealed class DoctorTests : IDisposable
{
    private readonly ShopFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Healthy_machine_and_file_are_a_line_each_and_nothing_is_left_behind()
    {
        var before = Directory.GetFileSystemEntries(_folder[""]);
        var result = await _folder.RunAsync("doctor", "shop.yaml", "--port", "0");
        Assert.Equal((0, ""), (result.Code, result.Errors));
        foreach (var check in (string[])[".NET", "zstd library", "librdkafka", "port", "data directory", "lock", "disk space", "fsync", "clock", "variables", "definition", "source orders"])
            Assert.Single(result.Output.Split('\n'), line => line.Length > 9 && line[9..].StartsWith(check + " ", StringComparison.Ordinal));
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder[""]));
    }

    [Fact]
    public async Task What_is_missing_is_named_with_its_remedy_and_exit_1()
    {
        _folder.Write("taken", "");
        _folder.Write("bad.yaml", ShopFolder.Pipeline.Replace("${ORDERS:-orders.csv}", "${NOBODY_SETS_THIS}", StringComparison.Ordinal));
        var result = await _folder.RunAsync("doctor", "bad.yaml", "--data-dir", "taken/data", "--json", "--port", "0");
        Assert.Equal(1, result.Code);
        var items = JsonNode.Parse(result.Output)!["items"]!.AsArray();
        var definition = items.First(i => (string)i!["check"]! == "definition")!;
        Assert.Equal("missing", (string)definition["status"]!);
        Assert.Contains("the variable NOBODY_SETS_THIS is not set", (string)definition["detail"]!, StringComparison.Ordinal);
        Assert.NotNull(definition["remedy"]);
        Assert.Equal("missing", (string)items.First(i => (string)i!["check"]! == "data directory")!["status"]!);
        Assert.Equal(1, (await _folder.RunAsync("doctor", "none.yaml", "--port", "0")).Code);
    }

    [Fact]
    public async Task Port_in_use_and_directory_in_use_are_warnings()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        Directory.CreateDirectory(_folder["streamforge-data"]);
        using var held = new FileStream(_folder["streamforge-data/LOCK"], FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        var result = await _folder.RunAsync("doctor", "--port", port);
        Assert.Equal(0, result.Code);
        Assert.Matches($"(?m)^warning +port +{port} on 127.0.0.1 is in use by another program; ", result.Output);
        Assert.Matches("(?m)^warning +lock +.* is in use by a streamforge process; ", result.Output);
    }
}
