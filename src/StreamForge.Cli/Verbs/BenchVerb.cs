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
    private const string All = "all";

    private readonly Argument<string?> _scenario = new("SCENARIO") { Description = "What to measure, or all; without it, the list", Arity = ArgumentArity.ZeroOrOne };
    private readonly Setting<double> _scale = new("--scale", "X", "1 for the full size, less for a quick look [default: 1]", 1, "a number above 0", TryScale);

    private readonly Setting<string> _out = new("--out", "DIR", "Where results are written, as JSON and SVG [default: ./bench-results]", "./bench-results", "a folder", static (text, out value) => (value = text).Length > 0);

    public BenchVerb(Shell shell) : base(shell, "bench", "Measures whole paths, with the machine's facts and ratios", "./streamforge bench", "./streamforge bench all --out results", "./streamforge bench lookups --url http://127.0.0.1:7070")
    {
        Add(_scenario);
        Add(_scale);
        Add(_out);
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
        IBenchScenario[] chosen = name == All ? [.. scenarios] : [scenarios.FirstOrDefault(s => s.Name == name)
            ?? throw new StreamForgeException(ErrorKind.InvalidArgument, $"there is no scenario '{name}'{DefinitionText.Suggest(name, scenarios.Select(s => s.Name).Append(All))}")];
        var url = CommonSettings.Url.Read(parsed);
        if (url is not null && !chosen.All(s => s.TakesUrl)) throw new StreamForgeException(ErrorKind.InvalidArgument, $"bench {name} measures nothing but itself; --url goes with bench lookups");
        var scale = _scale.Read(parsed);
        var results = Directory.CreateDirectory(_out.Read(parsed)).FullName;
        var machine = await MachineFacts.ReadAsync(Shell.Interrupted);
        var reports = new List<(string Scenario, BenchReport Report)>();
        foreach (var scenario in chosen)
        {
            if (chosen.Length > 1) Shell.Errors.Line($"== {scenario.Name}");
            var report = await MeasureAsync(scenario, scale, url);
            reports.Add((scenario.Name, report));
            BenchOutput.WriteReport(Shell.Output, scenario.Name, scale, machine, report, json);
            await WriteAsync(results, scenario.Name, BenchOutput.Json(scenario.Name, scale, machine, report), BenchDrawing.Of(scenario.Name, scale, machine, report));
        }
        if (name == All) await WriteAsync(results, "summary", BenchOutput.JsonOfAll(scale, machine, reports), BenchDrawing.OfAll(scale, machine, reports));
        return ExitCodes.Done;
    }

    private async Task<BenchReport> MeasureAsync(IBenchScenario scenario, double scale, string? url)
    {
        var folder = Directory.CreateTempSubdirectory("streamforge-bench-");
        try
        {
            return await scenario.RunAsync(new BenchContext(folder.FullName, scale, Shell.Errors.Line, url) { InputDirectory = BenchInputs.Folder }, Shell.Interrupted);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task WriteAsync(string folder, string name, string json, string drawing)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, name + ".json"), json + "\n");
        await File.WriteAllTextAsync(Path.Combine(folder, name + ".svg"), drawing);
    }

    private static bool TryScale(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value) && value > 0;
}
