using System.CommandLine;
using StreamForge.Cli.Features;
using StreamForge.Cli.Output;
using StreamForge.Cli.Parsing;
using StreamForge.Embedded.Reads;
using StreamForge.Server.Lookup;

namespace StreamForge.Cli.Verbs;

/// <summary><c>features list [VIEW]</c>.</summary>
internal sealed class FeaturesListVerb : Verb
{
    private readonly Argument<string?> _view = new("VIEW") { Description = "Only this view", Arity = ArgumentArity.ZeroOrOne };

    public FeaturesListVerb(Shell shell) : base(shell, "list", "Lists views with their keys, windows and features", "./streamforge features list", "./streamforge features list --url http://127.0.0.1:7070 --json")
    {
        Add(_view);
        Add(CommonSettings.DataDirectoryPath);
        Add(CommonSettings.Url);
        Add(CommonSettings.Json);
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var name = parsed.GetValue(_view);
        var json = CommonSettings.Json.Read(parsed);
        if (CommonSettings.Url.Read(parsed) is { } url)
        {
            var document = await FeatureClient.GetAsync(url, "/v1/views", Shell.Interrupted);
            if (json && name is null) Shell.Print(document);
            else FeatureLists.Write(Shell, document, name, json);
            return ExitCodes.Done;
        }
        var state = new StateAtRest(CommonSettings.DataDirectory(parsed), Shell.Clock);
        var views = name is null ? state.Plans().SelectMany(p => p.Views).Select(v => v.Description) : [Views.Find(state, name).View];
        var text = JsonOutput.Text(writer => ViewList.Write(writer, [.. views]));
        if (json) Shell.Print(text);
        else FeatureLists.Write(Shell, text, null, json: false);
        return ExitCodes.Done;
    }
}
