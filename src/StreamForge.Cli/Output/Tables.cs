using Spectre.Console;

namespace StreamForge.Cli.Output;

/// <summary>Tables for people: with lines and colour on a terminal, plain aligned columns elsewhere.</summary>
internal static class Tables
{
    private const int Unlimited = 100_000;
    private const int UsualWidth = 100;

    public static void Write(Shell shell, IEnumerable<string> headers, IEnumerable<IReadOnlyList<string>> rows, params ReadOnlySpan<int> rightAligned)
    {
        var terminal = Shell.OutputIsTerminal;
        var table = new Table { Border = terminal ? TableBorder.Rounded : TableBorder.None, UseSafeBorder = false };
        var index = 0;
        foreach (var header in headers)
        {
            var column = new TableColumn(new Text(header, terminal ? new Style(decoration: Decoration.Bold) : Style.Plain)) { NoWrap = !terminal };
            if (!terminal) column.Padding = new Padding(0, 0, 2, 0);
            if (rightAligned.Contains(index++)) column.Alignment = Justify.Right;
            table.AddColumn(column);
        }
        foreach (var row in rows) table.AddRow(row.Select(cell => new Text(cell)));
        var text = new StringWriter { NewLine = "\n" };
        var plain = !terminal || !string.IsNullOrEmpty(Shell.Environment("NO_COLOR"));
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(text),
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Yes,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Standard,
        });
        console.Profile.Width = !terminal ? Unlimited : Console.WindowWidth > 0 ? Console.WindowWidth : UsualWidth;
        console.Profile.Capabilities.Unicode = true;
        console.Write(table);
        foreach (var line in text.ToString().TrimEnd('\n').Split('\n')) shell.Print(line.TrimEnd());
    }
}
