using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using StreamForge.Cli.Parsing;
using StreamForge.Core;

namespace StreamForge.Cli.Verbs;

/// <summary><c>dead-letters show N</c>.</summary>
internal sealed class DeadLettersShowVerb : Verb
{
    private readonly Argument<string> _number = new("N") { Description = "Which one of the list, from 1" };
    private readonly LedgerQuery _query = new();

    public DeadLettersShowVerb(Shell shell) : base(shell, "show", "Shows one event that could not be taken in, whole", "./streamforge dead-letters show 1")
    {
        Add(_number);
        _query.AddTo(this);
        Add(new NotYetOption("--url", "URL", "Ask a running server"));
    }

    protected override Task<int> RunAsync(ParseResult parsed)
    {
        var text = parsed.GetRequiredValue(_number);
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
            throw new StreamForgeException(ErrorKind.InvalidArgument, $"N is a number from 1, not '{text}'");
        var (total, items) = _query.Read(parsed, Ledger.DeadLetters, Shell.Clock, number - 1, 1);
        var found = items.Take(1).ToArray();
        if (found.Length == 0) throw new StreamForgeException(ErrorKind.NotFound, total == 0 ? "there are no dead letters" : $"there is no dead letter {number}; there are {total}");
        if (CommonSettings.Json.Read(parsed)) Shell.Print(found[0].Item);
        else WriteText(found[0].Pipeline, found[0].Item);
        return Task.FromResult(ExitCodes.Done);
    }

    private void WriteText(string pipeline, string item)
    {
        using var json = JsonDocument.Parse(item);
        Shell.Print($"{"pipeline",-12} {pipeline}");
        foreach (var property in json.RootElement.EnumerateObject())
        {
            if (property.Name == "raw") continue;
            Shell.Print($"{property.Name.Replace('_', ' '),-12} {property.Value}");
        }
        Shell.Print();
        Shell.Print(json.RootElement.GetProperty("raw").GetString()!.TrimEnd('\n'));
    }
}
