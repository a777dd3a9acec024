namespace StreamForge.Tests.Cli;

/// <summary><c>init</c> as the built program.</summary>
public sealed class InitTests : IDisposable
{
    private readonly ShopFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Commands_that_it_prints_work_as_they_are_printed()
    {
        var result = await _folder.RunAsync("init", "my pipeline");
        Assert.Equal(0, result.Code);
        var commands = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, commands.Length);
        foreach (var command in commands)
        {
            Assert.StartsWith("./streamforge ", command, StringComparison.Ordinal);
            var words = command["./streamforge ".Length..].Replace("'my pipeline/pipeline.yaml'", "FILE", StringComparison.Ordinal).Split(' ');
            var run = await _folder.RunAsync([.. words.Select(w => w == "FILE" ? "my pipeline/pipeline.yaml" : w)]);
            Assert.Equal((0, true), (run.Code, run.Output.Length > 0));
        }
        var features = await _folder.JsonAsync("features", "get", "customer_orders", "customer_id=17850");
        Assert.Equal(("65", "1124.000"), (features["features"]!["lines_lifetime"]!.ToJsonString(), features["features"]!["spend_lifetime"]!.ToJsonString()));
    }

    [Fact]
    public async Task What_is_there_is_not_overwritten_without_yes()
    {
        Directory.CreateDirectory(_folder["mine"]);
        _folder.Write("mine/pipeline.yaml", "mine");
        var refused = await _folder.RunAsync("init", "mine");
        Assert.Equal((2, ""), (refused.Code, refused.Output));
        Assert.StartsWith("streamforge: mine/pipeline.yaml would be overwritten; --yes does it", refused.Errors, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(_folder["mine/pipeline.yaml"]));
        Assert.Equal(0, (await _folder.RunAsync("init", "mine", "--yes")).Code);
        Assert.Equal(0, (await _folder.RunAsync("validate", "mine/pipeline.yaml")).Code);
    }
}
