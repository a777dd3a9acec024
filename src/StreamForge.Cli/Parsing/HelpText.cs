using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using StreamForge.Cli.Verbs;

namespace StreamForge.Cli.Parsing;

/// <summary>The usual help of a verb, with its examples after it.</summary>
internal sealed class HelpText(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        usual.Invoke(parseResult);
        WriteExamples(parseResult.CommandResult.Command, parseResult.InvocationConfiguration.Output);
        return ExitCodes.Done;
    }

    /// <summary>Writes a command's help, as <c>--help</c> does.</summary>
    public static void Write(Command command, TextWriter target)
    {
        var path = new Stack<string>();
        for (var c = command; c is not null and not RootCommand; c = c.Parents.OfType<Command>().FirstOrDefault()) path.Push(c.Name);
        var root = command;
        while (root.Parents.OfType<Command>().FirstOrDefault() is { } parent) root = parent;
        root.Parse([.. path, "--help"]).Invoke(new InvocationConfiguration { Output = target, Error = target });
    }

    private static void WriteExamples(Command command, TextWriter target)
    {
        if (command is not IHasExamples { Examples: { Length: > 0 } examples }) return;
        target.WriteLine(examples.Length == 1 ? "Example:" : "Examples:");
        foreach (var example in examples) target.WriteLine($"  {example}");
        target.WriteLine();
    }
}
