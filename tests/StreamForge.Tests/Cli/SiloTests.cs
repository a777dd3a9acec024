namespace StreamForge.Tests.Cli;

/// <summary>What <c>silo start</c> makes of its options, its variables and its configuration file before a node is started; and where the node's own program is not built.</summary>
public sealed class SiloTests : IDisposable
{
    private readonly ShopFolder _shop = new();

    public void Dispose() => _shop.Dispose();

    [Theory]
    [InlineData("silo start", "streamforge silo start needs FILE, or 'pipelines' in the configuration file; streamforge silo start --help shows what there is")]
    [InlineData("silo start shop.yaml", "a node needs the database of its cluster: --postgres postgresql://user:password@host:port/database (or STREAMFORGE_POSTGRES), or --localhost for a first try in memory")]
    [InlineData("silo start shop.yaml --localhost --silo-port 70000", "--silo-port takes a port from 0 to 65535, not '70000'")]
    [InlineData("silo start shop.yaml --localhost --advertise 0.0.0.0", "--advertise takes an IP address, not '0.0.0.0'")]
    [InlineData("silo start shop.yaml --localhost --failure-detection slow", "--failure-detection takes normal or fast, not 'slow'")]
    [InlineData("silo start shop.yaml --localhost --flush-interval 0s", "--flush-interval takes a duration above 0 such as 5s, not '0s'")]
    [InlineData("silo start shop.yaml --localhost --token-file t", "--token-file is not supported yet")]
    [InlineData("silo start shop.yaml --localhost --silo-prot 1", "streamforge silo start has no option --silo-prot; did you mean --silo-port?")]
    [InlineData("silo start shop.yaml --config none.yaml", "cannot read the configuration file none.yaml")]
    public async Task Wrong_usage_is_one_sentence_and_exit_2(string line, string sentence)
    {
        var result = await _shop.RunAsync(line.Split(' '));

        Assert.StartsWith(sentence, Assert.Single(result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Replace("streamforge: ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(2, result.Code);
    }

    [Theory]
    [InlineData("silo_prot: 1", "node.yaml:1:1: unknown field 'silo_prot'; did you mean 'silo_port'?")]
    [InlineData("localhost: true\nsilo_port: much", "node.yaml:2:12: silo_port takes a port from 0 to 65535, not 'much'")]
    [InlineData("{\"localhost\": \"maybe\"}", "node.yaml:1:15: localhost takes true or false, not 'maybe'")]
    [InlineData("postgres: [a, b]", "node.yaml:1:11: 'postgres' must be a single value, not a list")]
    public async Task A_fault_of_the_configuration_file_is_said_with_its_place(string text, string sentence)
    {
        _shop.Write("node.yaml", text);

        var result = await _shop.RunAsync("silo", "start", "shop.yaml", "--config", "node.yaml");

        Assert.Contains(sentence, result.Errors, StringComparison.Ordinal);
        Assert.Equal(2, result.Code);
    }

    [Fact]
    public async Task The_command_line_goes_before_the_configuration_file()
    {
        _shop.Write("node.yaml", "localhost: true\nsilo_port: much\n");

        var result = await _shop.RunAsync("silo", "start", "shop.yaml", "--config", "node.yaml", "--silo-port", "11111", "--failure-detection", "slow");

        Assert.Contains("--failure-detection takes normal or fast", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_of_a_cluster_that_is_not_there_is_one_sentence()
    {
        var result = await _shop.RunAsync("silo", "status", "--url", "http://127.0.0.1:1");

        Assert.StartsWith("streamforge: cannot reach http://127.0.0.1:1", result.Errors, StringComparison.Ordinal);
        Assert.Equal(1, result.Code);
    }
}
