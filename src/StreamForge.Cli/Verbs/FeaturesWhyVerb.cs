using System.CommandLine;
using StreamForge.Cli.Features;
using StreamForge.Cli.Output;
using StreamForge.Cli.Parsing;
using StreamForge.Core;
using StreamForge.Embedded.Reads;
using StreamForge.Server.Lookup;

namespace StreamForge.Cli.Verbs;

/// <summary><c>features why VIEW key=value… --feature F</c>.</summary>
internal sealed class FeaturesWhyVerb : Verb
{
    private readonly Argument<string> _view = new("VIEW") { Description = "A view" };
    private readonly Argument<string[]> _key = new("KEY") { Description = "The key's columns: customer_id=17850", HelpName = "key=value", Arity = ArgumentArity.OneOrMore };
    private readonly Setting<string?> _feature = CommonSettings.OptionalText("--feature", "F", "The feature to explain, such as spend_1d");
    private readonly Setting<long?> _at = CommonSettings.Moment("--at", "The moment to read [default: now, by the view's clock]");

    public FeaturesWhyVerb(Shell shell) : base(
        shell, "why", "The tiles and positions behind a number, from a data directory or a running server",
        "./streamforge features why customer_activity customer_id=17850 --feature spend_1d", "./streamforge features why user_activity user_id=u-1 --feature clicks_1h --url http://127.0.0.1:7070 --json")
    {
        Add(_view);
        Add(_key);
        Add(_feature);
        Add(_at);
        Add(CommonSettings.DataDirectoryPath);
        Add(CommonSettings.Url);
        Add(CommonSettings.Json);
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var feature = _feature.Read(parsed) ?? throw new StreamForgeException(ErrorKind.InvalidArgument, "streamforge features why needs --feature F: the feature to explain");
        var view = parsed.GetRequiredValue(_view);
        var key = KeyWords.Parse(parsed.GetRequiredValue(_key));
        var document = CommonSettings.Url.Read(parsed) is { } url
            ? await FeatureClient.GetAsync(url, $"/v1/views/{Uri.EscapeDataString(view)}/why/{Uri.EscapeDataString(feature)}?{KeyWords.Query(key, _at.Read(parsed))}", Shell.Interrupted)
            : Read(parsed, view, key, feature);
        if (CommonSettings.Json.Read(parsed)) Shell.Print(document);
        else WhyText.Write(Shell, document);
        return ExitCodes.Done;
    }

    private string Read(ParseResult parsed, string name, Dictionary<string, string> text, string feature)
    {
        var state = new StateAtRest(CommonSettings.DataDirectory(parsed), Shell.Clock);
        var (plan, view) = Views.Find(state, name);
        var key = KeyCodec.FromText(view.Entity, text);
        var origin = state.Origin(plan.Name, plan.Views.First(v => v.Description == view).Source);
        return JsonOutput.Text(json => WhyDocument.Write(json, state.OpenFeatures(plan, key), view, key, feature, _at.Read(parsed), origin, new FeatureRow()));
    }
}
