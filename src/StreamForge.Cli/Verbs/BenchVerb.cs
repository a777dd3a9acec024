using System.CommandLine;
using System.Globalization;
using StreamForge.Cli.Bench;
using StreamForge.Cli.Parsing;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Cli.Verbs;

/// <summary><c>bench SCENARIO</c>.</summary>
internal sealed class BenchVerb : Verb
{
    private readonly Argument<string?> _scenario = new("SCENARIO") { Description = "What to measure; without it, the list", Arity = ArgumentArity.ZeroOrOne };
    private readonly Setting<double> _scale = new("--scale", "X", "1 for the full size, less for a quick look [default: 1]", 1, "a number above 0", TryScale);

    public BenchVerb(Shell shell) : base(shell, "bench", "Measures whole paths, with the machine's facts and ratios", "./streamforge bench", "./streamforge bench lookups --url http://127.0.0.1:7070")
    {
        Add(_scenario);
        Add(_scale);
        Add(CommonSettings.Url);
        Add(CommonSettings.Json);
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var scenarios = BenchScenarios.All;
        var json = CommonSettings.Json.Read(parsed);
        if (parsed.GetValue(_scenario) is not { } name)
        {
            BenchOutput.WriteList(Shell.Output, scenarios, json);
            return ExitCodes.Done;
        }
        var scenario = scenarios.FirstOrDefault(s => s.Name == name)
            ?? throw new StreamForgeException(ErrorKind.InvalidArgument, $"there is no scenario '{name}'{DefinitionText.Suggest(name, scenarios.Select(s => s.Name))}");
        var url = CommonSettings.Url.Read(parsed);
        if (url is not null && !scenario.TakesUrl) throw new StreamForgeException(ErrorKind.InvalidArgument, $"bench {name} measures nothing but itself; --url goes with bench lookups");
        var folder = Directory.CreateTempSubdirectory("streamforge-bench-");
        try
        {
            var scale = _scale.Read(parsed);
            var machine = await MachineFacts.ReadAsync(Shell.Interrupted);
            var report = await scenario.RunAsync(new BenchContext(folder.FullName, scale, Shell.Errors.Line, url), Shell.Interrupted);
            BenchOutput.WriteReport(Shell.Output, scenario.Name, scale, machine, report, json);
            return ExitCodes.Done;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static bool TryScale(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value) && value > 0;
}
