using System.CommandLine;
using StreamForge.Cli.Lake;
using StreamForge.Cli.Parsing;

namespace StreamForge.Cli.Verbs;

/// <summary>What the verbs of <c>tables</c> share: where tables are looked for.</summary>
internal abstract class TablesVerb : Verb
{
    private readonly Setting<string?> _warehouse = CommonSettings.OptionalText("--warehouse", "URI", "Look here instead of in a data directory: a folder or file:///folder");

    protected TablesVerb(Shell shell, string name, string summary, params ReadOnlySpan<string> examples) : base(shell, name, summary, examples)
    {
        Add(CommonSettings.DataDirectoryPath);
        Add(_warehouse);
        Add(CommonSettings.Json);
    }

    protected static Argument<string> TableArgument() => new("TABLE") { Description = "A table's name, such as demo.clicks, or the path of its folder or of a metadata file" };

    protected Lakehouse Open(ParseResult parsed) => new(CommonSettings.DataDirectory(parsed), _warehouse.Read(parsed), Shell.Clock);

    protected static string Text(long? number) => number is { } known ? $"{known:N0}" : "unknown";
}
