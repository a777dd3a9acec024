namespace StreamForge.Tests.Scripts;

/// <summary>The launcher in a sandbox, where <c>dotnet build</c> writes the program's file and running the program prints its arguments.</summary>
public sealed class LauncherTests : IDisposable
{
    private const string Dotnet = """
        case $1 in
          --version) echo 10.0.100 ;;
          build)
            echo build >>"$LOG"
            if grep -q broken src/Core/One.cs; then echo "One.cs(1,1): error CS1002: ; expected"; exit 1; fi
            sleep 0.2
            mkdir -p src/StreamForge.Cli/bin/Release/net10.0 src/Core/obj
            echo built >src/StreamForge.Cli/bin/Release/net10.0/streamforge.dll
            echo built >src/Core/obj/generated.cs ;;
          *) shift; echo "in $PWD"; printf '[%s]\n' "$@"; exit 3 ;;
        esac
        """;

    private readonly ScriptSandbox _sandbox = new(Dotnet);

    private string Launcher => Path.Combine(_sandbox.Root, "streamforge");

    [Fact]
    public async Task Builds_once_and_says_so_then_runs_without_a_word()
    {
        var first = await _sandbox.RunAsync(Launcher);
        Assert.Equal("building StreamForge (first time takes about a minute)…\n", first.Errors);
        var second = await _sandbox.RunAsync(Launcher);
        Assert.Equal("", second.Errors);
        Assert.Single(_sandbox.Calls);
    }

    [Fact]
    public async Task Hands_on_arguments_folder_and_exit_code()
    {
        var run = await _sandbox.RunAsync(Launcher, "features", "a b", "", "*");
        Assert.Equal([$"in {_sandbox.InFolder("").TrimEnd('/')}", "[features]", "[a b]", "[]", "[*]"], run.Output);
        Assert.Equal(3, run.Code);
    }

    [Fact]
    public async Task Runs_through_a_chain_of_symbolic_links()
    {
        File.CreateSymbolicLink(_sandbox.InFolder("absolute"), Launcher);
        File.CreateSymbolicLink(_sandbox.InFolder("path/sf"), "../absolute");
        var run = await _sandbox.RunAsync(_sandbox.InFolder("path/sf"), "x");
        Assert.Equal("[x]", run.Output[^1]);
    }

    [Theory]
    [InlineData("src/Core/Two.cs")]
    [InlineData("Directory.Packages.props")]
    [InlineData("global.json")]
    [InlineData("examples/clickstream/pipeline.yaml")]
    public async Task Changed_source_is_built_again(string file)
    {
        await _sandbox.RunAsync(Launcher);
        _sandbox.Touch(file);
        await _sandbox.RunAsync(Launcher);
        Assert.Equal(2, _sandbox.Calls.Length);
    }

    [Fact]
    public async Task New_and_deleted_sources_are_built_again_whatever_their_age()
    {
        await _sandbox.RunAsync(Launcher);
        _sandbox.Write("src/Core/Three.cs", "");
        await _sandbox.RunAsync(Launcher);
        File.Delete(Path.Combine(_sandbox.Root, "src/Core/Three.cs"));
        await _sandbox.RunAsync(Launcher);
        await _sandbox.RunAsync(Launcher);
        Assert.Equal(3, _sandbox.Calls.Length);
    }

    [Fact]
    public async Task Outputs_of_a_build_and_files_outside_the_sources_are_no_reason_to_build()
    {
        await _sandbox.RunAsync(Launcher);
        _sandbox.Touch("src/Core/obj/generated.cs");
        _sandbox.Touch("tests/Some.Tests/Some.Tests.csproj");
        await _sandbox.RunAsync(Launcher);
        Assert.Single(_sandbox.Calls);
    }

    [Fact]
    public async Task Build_that_fails_shows_the_compiler_s_errors_runs_nothing_and_is_tried_again()
    {
        await _sandbox.RunAsync(Launcher);
        _sandbox.Write("src/Core/One.cs", "broken");
        _sandbox.Touch("src/Core/One.cs");
        var failed = await _sandbox.RunAsync(Launcher);
        Assert.Equal(1, failed.Code);
        Assert.Empty(failed.Output);
        Assert.Contains("One.cs(1,1): error CS1002: ; expected", failed.Errors, StringComparison.Ordinal);
        _sandbox.Write("src/Core/One.cs", "");
        Assert.Equal(3, (await _sandbox.RunAsync(Launcher)).Code);
        Assert.Equal(3, _sandbox.Calls.Length);
    }

    [Fact]
    public async Task Launchers_at_the_same_time_build_once()
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _sandbox.RunAsync(Launcher, "x")));
        Assert.All(runs, run => Assert.Equal("[x]", run.Output[^1]));
        Assert.Single(_sandbox.Calls);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("exit 145")]
    public async Task Without_an_sdk_one_sentence_says_what_is_needed(string? dotnet)
    {
        using var bare = new ScriptSandbox(dotnet);
        var run = await bare.RunAsync(Path.Combine(bare.Root, "streamforge"), "version");
        Assert.Equal(1, run.Code);
        Assert.StartsWith("streamforge: the .NET SDK 10.0 is needed", Assert.Single(run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    public void Dispose() => _sandbox.Dispose();
}
