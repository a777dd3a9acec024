namespace StreamForge.Tests.Scripts;

/// <summary>test.sh in a sandbox: its last line and its exit code are what gates trust, so neither may say more than happened.</summary>
public class TestScriptTests
{
    private const string TwoPassedOneSkipped = """<Counters total="3" executed="2" passed="2" failed="0" error="0" notExecuted="0" />""";

    [Fact]
    public async Task Adds_up_passed_failed_and_skipped()
    {
        Assert.Equal((0, "2 passed, 0 failed, 1 skipped"), await RunAsync(Results(TwoPassedOneSkipped, 0)));
        Assert.Equal((1, "5 passed, 2 failed, 3 skipped"), await RunAsync(Results("""<Counters total="10" executed="7" passed="5" failed="2" />""", 1)));
    }

    [Fact]
    public async Task Host_that_dies_is_a_failure_even_when_what_it_reported_had_passed()
    {
        Assert.Equal((1, "2 passed, 1 failed, 1 skipped"), await RunAsync(Results(TwoPassedOneSkipped, 134)));
        Assert.Equal((1, "0 passed, 1 failed, 0 skipped"), await RunAsync("[ $1 != test ]"));
    }

    [Fact]
    public async Task No_test_at_all_is_no_success() => Assert.Equal((1, "0 passed, 0 failed, 0 skipped"), await RunAsync("exit 0"));

    [Fact]
    public async Task Build_that_fails_ends_it_and_style_that_fails_does_not()
    {
        Assert.Equal((1, "0 passed, 1 failed, 0 skipped"), await RunAsync($"[ $1 != build ] || exit 1; {Results(TwoPassedOneSkipped, 0)}"));
        Assert.Equal((1, "2 passed, 1 failed, 1 skipped"), await RunAsync($"[ $1 != format ] || exit 2; {Results(TwoPassedOneSkipped, 0)}"));
    }

    [Fact]
    public async Task Hands_on_the_filter()
    {
        using var sandbox = new ScriptSandbox("""echo "$@" >>"$LOG" """);
        await sandbox.RunAsync(Path.Combine(sandbox.Root, "test.sh"), "Name~a b");
        Assert.Contains("--filter Name~a b ", Assert.Single(sandbox.Calls, c => c.StartsWith("test ", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    private static string Results(string counters, int code) => $$"""
        [ $1 = test ] || exit 0
        mkdir -p .build/test-results
        printf '%s\n' '<TestRun><ResultSummary>' '{{counters}}' '</ResultSummary></TestRun>' >.build/test-results/Some.Tests.trx
        exit {{code}}
        """;

    private static async Task<(int Code, string LastLine)> RunAsync(string dotnet)
    {
        using var sandbox = new ScriptSandbox(dotnet);
        var run = await sandbox.RunAsync(Path.Combine(sandbox.Root, "test.sh"));
        return (run.Code, run.Output[^1]);
    }
}
