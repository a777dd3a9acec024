using System.CommandLine;
using StreamForge.Cli.Features;
using StreamForge.Cli.Output;
using StreamForge.Cli.Parsing;
using StreamForge.Core;
using StreamForge.Embedded.Reads;
using StreamForge.Server.Lookup;

namespace StreamForge.Cli.Verbs;

/// <summary><c>features get VIEW key=value…</c>.</summary>
internal sealed class FeaturesGetVerb : Verb
{
    private readonly Argument<string> _view = new("VIEW") { Description = "A view" };
    private readonly Argument<string[]> _key = new("KEY") { Description = "The key's columns: customer_id=17850", HelpName = "key=value", Arity = ArgumentArity.OneOrMore };
    private readonly Setting<long?> _at = CommonSettings.Moment("--at", "The moment to read [default: now, by the view's clock]");
    private readonly Setting<string?> _service = CommonSettings.OptionalText("--service", "NAME", "Only the features that this service reads");

    public FeaturesGetVerb(Shell shell) : base(
        shell, "get", "Reads one key's features, from a data directory or a running server",
        "./streamforge features get customer_activity customer_id=17850", "./streamforge features get customer_activity customer_id=17850 --service churn_v1 --json",
        "./streamforge features get user_activity user_id=u-1 --url http://127.0.0.1:7070")
    {
        Add(_view);
        Add(_key);
        Add(_at);
        Add(_service);
        Add(CommonSettings.DataDirectoryPath);
        Add(CommonSettings.Url);
        Add(CommonSettings.Json);
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var view = parsed.GetRequiredValue(_view);
        var key = KeyWords.Parse(parsed.GetRequiredValue(_key));
        var document = CommonSettings.Url.Read(parsed) is { } url ? await AskAsync(parsed, url, view, key) : Read(parsed, view, key);
        if (CommonSettings.Json.Read(parsed)) Shell.Print(document);
        else FeatureTable.Write(Shell, document);
        return ExitCodes.Done;
    }

    private Task<string> AskAsync(ParseResult parsed, string url, string view, Dictionary<string, string> key)
    {
        if (_service.IsGiven(parsed)) throw new StreamForgeException(ErrorKind.NotSupported, "--service with --url is not supported yet; POST /v1/features:get of the server takes a service");
        return FeatureClient.GetAsync(url, $"/v1/views/{Uri.EscapeDataString(view)}?{KeyWords.Query(key, _at.Read(parsed))}", Shell.Interrupted);
    }

    private string Read(ParseResult parsed, string name, Dictionary<string, string> text)
    {
        var state = new StateAtRest(CommonSettings.DataDirectory(parsed), Shell.Clock);
        var (plan, view) = Views.Find(state, name);
        var (shown, places) = _service.Read(parsed) is { } service ? Views.Restrict(view, service, plan.Services) : (view, null);
        var key = KeyCodec.FromText(view.Entity, text);
        var row = new FeatureRow();
        state.OpenFeatures(plan, key).Read(view, key, _at.Read(parsed), row);
        if (places is not null) row.Values = [.. places.Select(p => row.Values[p])];
        return JsonOutput.Text(json => new ViewDocument(shown).Write(json, key, row));
    }
}
