using System.CommandLine;
using StreamForge.Cli.Parsing;
using StreamForge.Cli.Running;
using StreamForge.Core;

namespace StreamForge.Cli.Verbs;

/// <summary><c>init [DIR]</c>: writes the files of <c>Starter/</c>, which the program carries.</summary>
internal sealed class InitVerb : Verb
{
    private static readonly string[] Files = ["pipeline.yaml", "orders.csv", "DATA.md"];

    private readonly Argument<string> _folder = new("DIR") { Description = "The folder to write to, made when it is not there [default: .]", DefaultValueFactory = static _ => "." };

    public InitVerb(Shell shell) : base(
        shell, "init", "Writes a commented starter pipeline with a small real data set", "./streamforge init my-pipeline", "./streamforge init my-pipeline --yes")
    {
        Add(_folder);
        Add(CommonSettings.Yes);
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var folder = parsed.GetRequiredValue(_folder);
        var there = Files.Where(f => File.Exists(Path.Combine(folder, f))).ToArray();
        if (there.Length > 0 && !CommonSettings.Yes.Read(parsed))
        {
            throw new StreamForgeException(
                ErrorKind.Conflict, $"{string.Join(" and ", there.Select(f => Path.Combine(folder, f)))} would be overwritten; --yes does it, or name another folder: streamforge init DIR");
        }
        Directory.CreateDirectory(folder);
        foreach (var file in Files)
        {
            await using var content = typeof(InitVerb).Assembly.GetManifestResourceStream($"starter/{file}") ?? throw new InvalidOperationException($"the resource starter/{file} is not in the program");
            await using var target = new FileStream(Path.Combine(folder, file), FileMode.Create, FileAccess.Write);
            await content.CopyToAsync(target, Shell.Interrupted);
        }
        var pipeline = Hints.Quoted(Path.Combine(folder, Files[0]));
        Shell.Errors.Line($"wrote {string.Join(", ", Files.Select(f => Path.Combine(folder, f)))}; next:");
        Shell.Print($"./streamforge test {pipeline}");
        Shell.Print($"./streamforge run {pipeline} --once");
        Shell.Print("./streamforge features get customer_orders customer_id=17850");
        return ExitCodes.Done;
    }
}
