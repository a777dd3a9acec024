namespace StreamForge.Tests.Cli;

/// <summary>What the program says to wrong command lines; each is exit 2, one sentence on standard error and nothing on standard output.</summary>
public sealed class UsageTests : IDisposable
{
    private readonly ShopFolder _shop = new();

    public void Dispose() => _shop.Dispose();

    [Theory]
    [InlineData("rnu shop.yaml", "streamforge has no verb 'rnu'; did you mean run?")]
    [InlineData("features gett x y=1", "streamforge features has no verb 'gett'; did you mean get?")]
    [InlineData("run shop.yaml --onse", "streamforge run has no option --onse; did you mean --once?")]
    [InlineData("run", "streamforge run needs FILE; streamforge run --help shows what there is")]
    [InlineData("run shop.yaml --port", "--port needs a value: --port PORT")]
    [InlineData("run shop.yaml --port many", "--port takes a port from 0 to 65535, not 'many'")]
    [InlineData("run shop.yaml --image-memory lots", "--image-memory takes a size such as 512MiB or 2GiB, not 'lots'")]
    [InlineData("run shop.yaml --image-memory 9999999TiB", "--image-memory takes a size such as 512MiB or 2GiB, not '9999999TiB'")]
    [InlineData("run shop.yaml --log-level loud", "--log-level takes debug, info, warning, error or none, not 'loud'")]
    [InlineData("version 2", "streamforge version takes no further argument '2'; streamforge version --help shows what there is")]
    [InlineData("bench nothing", "there is no scenario 'nothing'")]
    [InlineData("demo --rate fast", "--rate takes a number of events a second, not 'fast'")]
    [InlineData("demo --onse", "streamforge demo has no option --onse; did you mean --once?")]
    [InlineData("tables compact x", "streamforge tables compact is not supported yet")]
    [InlineData("tables describe", "streamforge tables describe needs TABLE; streamforge tables describe --help shows what there is")]
    [InlineData("run --drain shop.yaml", "--drain needs --once")]
    [InlineData("run shop.yaml --micro-batch", "--micro-batch is not supported yet")]
    [InlineData("run shop.yaml --grpc-port 7071", "--grpc-port is not supported yet")]
    [InlineData("late replay --url http://127.0.0.1:1", "--url is not supported yet")]
    [InlineData("emit clickstream --to kafka://host", "'kafka://host' names no topic; write kafka://host:port/topic")]
    [InlineData("emit clickstream --late 3", "clickstream: late is 3; it is a share from 0 to 1")]
    [InlineData("run shop.yaml --bind nowhere", "'nowhere' is no IP address; write one of this machine's, localhost, or * for all, with --bind")]
    [InlineData("run none.yaml --once", "none.yaml: there is no such pipeline file")]
    public async Task Wrong_usage_is_one_sentence_and_exit_2(string line, string sentence)
    {
        var result = await _shop.RunAsync(line.Split(' '));
        var said = Assert.Single(result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith(sentence, said.Replace("streamforge: ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal("", result.Output);
        Assert.Equal(2, result.Code);
    }

    [Fact]
    public async Task Group_without_a_verb_shows_its_help_on_standard_error()
    {
        var result = await _shop.RunAsync("late");
        Assert.StartsWith("streamforge late needs a verb\n", result.Errors, StringComparison.Ordinal);
        Assert.Contains("Usage:", result.Errors, StringComparison.Ordinal);
        Assert.Equal(("", 2), (result.Output, result.Code));
    }

    [Fact]
    public async Task Options_are_environment_variables_too_and_the_command_line_goes_first()
    {
        var refused = await _shop.RunWithAsync("STREAMFORGE_PORT", "many", "run", "shop.yaml", "--once");
        Assert.Equal("streamforge: STREAMFORGE_PORT takes a port from 0 to 65535, not 'many'\n", refused.Errors);
        Assert.Equal(2, refused.Code);
        Assert.Equal(0, (await _shop.RunWithAsync("STREAMFORGE_IMAGE_MEMORY", "1 gib", "run", "shop.yaml", "--once")).Code);
        var elsewhere = await _shop.RunWithAsync("STREAMFORGE_DATA_DIR", "elsewhere", "run", "shop.yaml", "--once");
        Assert.Equal(0, elsewhere.Code);
        Assert.True(Directory.Exists(_shop["elsewhere"]));
        var here = await _shop.RunWithAsync("STREAMFORGE_DATA_DIR", "elsewhere", "run", "shop.yaml", "--once", "--data-dir", "here");
        Assert.Equal(0, here.Code);
        Assert.True(Directory.Exists(_shop["here"]));
        var micro = await _shop.RunWithAsync("STREAMFORGE_MICRO_BATCH", "true", "run", "shop.yaml");
        Assert.Equal(("STREAMFORGE_MICRO_BATCH is not supported yet\n", 2), (micro.Errors, micro.Code));
    }

    [Fact]
    public async Task Version_is_a_document_with_the_runtime_and_the_system()
    {
        var json = await _shop.JsonAsync("version");
        Assert.Matches(@"^\d+\.\d+\.\d+", (string)json["version"]!);
        Assert.StartsWith(".NET 10", (string)json["runtime"]!, StringComparison.Ordinal);
        Assert.NotNull(json["os"]);
    }
}
