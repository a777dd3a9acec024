using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using StreamForge.Cli.Parsing;
using StreamForge.Core;

namespace StreamForge.Cli.Verbs;

/// <summary><c>dead-letters show N</c>, or by position.</summary>
internal sealed class DeadLettersShowVerb : Verb
{
    private readonly Argument<string> _number = new("N") { Description = "Which one of the list, from 1; or its position, such as orders.csv:1024" };
    private readonly LedgerQuery _query = new();

    public DeadLettersShowVerb(Shell shell) : base(shell, "show", "Shows one event that could not be taken in, whole", "./streamforge dead-letters show 1", "./streamforge dead-letters show orders.csv:1024 --source orders")
    {
        Add(_number);
        _query.AddTo(this, mayAsk: true);
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var text = parsed.GetRequiredValue(_number);
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return Show(parsed, await ByPositionAsync(parsed, text));
        if (number == 0) throw new StreamForgeException(ErrorKind.InvalidArgument, $"N is a number from 1, not '{text}'");
        var (total, items) = await _query.ReadAsync(parsed, Ledger.DeadLetters, Shell, number - 1, 1);
        var found = items.Take(1).ToArray();
        if (found.Length == 0) throw new StreamForgeException(ErrorKind.NotFound, total == 0 ? "there are no dead letters" : $"there is no dead letter {number}; there are {total}");
        return Show(parsed, found[0]);
    }

    private async Task<(string Pipeline, string Item)> ByPositionAsync(ParseResult parsed, string position)
    {
        var (total, items) = await _query.ReadAsync(parsed, Ledger.DeadLetters, Shell, 0, long.MaxValue);
        foreach (var item in items)
        {
            using var json = JsonDocument.Parse(item.Item);
            if (json.RootElement.GetProperty("position").GetString() == position) return item;
        }
        throw new StreamForgeException(ErrorKind.NotFound, total == 0 ? "there are no dead letters" : $"there is no dead letter at '{position}' among the {total}; streamforge dead-letters list shows positions");
    }

    private int Show(ParseResult parsed, (string Pipeline, string Item) found)
    {
        if (CommonSettings.Json.Read(parsed)) Shell.Print(found.Item);
        else WriteText(found.Pipeline, found.Item);
        return ExitCodes.Done;
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
