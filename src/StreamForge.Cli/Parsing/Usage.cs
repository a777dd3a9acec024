using System.CommandLine;
using System.CommandLine.Parsing;
using StreamForge.Cli.Verbs;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Cli.Parsing;

/// <summary>Says what is wrong with a command line, in one sentence with the nearest right word.</summary>
internal static class Usage
{
    /// <summary>Null when nothing is.</summary>
    public static string? Problem(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (IsNotYet(command)) return $"{Path(parsed)} is not supported yet";
        foreach (var option in command.Options.OfType<NotYetOption>())
        {
            if (option.Refusal(parsed) is { } refusal) return refusal;
        }
        if (UnknownOption(parsed) is { } unknown) return $"{Path(parsed)} has no option {unknown}{Suggest(unknown, Options(parsed), SeeHelp(parsed))}";
        if (parsed.UnmatchedTokens.Count > 0 && command.Subcommands.Count > 0)
        {
            var word = parsed.UnmatchedTokens[0];
            return $"{Path(parsed)} has no verb '{word}'{Suggest(word, command.Subcommands.Select(c => c.Name), SeeHelp(parsed))}";
        }
        if (parsed.Errors.Count == 0) return null;
        if (parsed.UnmatchedTokens.Count > 0) return $"{Path(parsed)} takes no further argument '{parsed.UnmatchedTokens[0]}'{SeeHelp(parsed)}";
        if (LacksVerb(parsed)) return $"{Path(parsed)} needs a verb";
        return Missing(parsed) ?? parsed.Errors[0].Message;
    }

    /// <summary>Whether it ends where a verb should follow.</summary>
    public static bool LacksVerb(ParseResult parsed) =>
        parsed.CommandResult.Command is { Subcommands.Count: > 0 } command && !IsNotYet(command) && parsed.UnmatchedTokens.Count == 0;

    private static bool IsNotYet(Command command) => command is NotYetVerb || (command is VerbGroup && command.Subcommands.All(IsNotYet));

    /// <summary>A word that begins like an option but is none: the parser takes it for an argument.</summary>
    private static string? UnknownOption(ParseResult parsed)
    {
        foreach (var token in parsed.Tokens)
        {
            if (token.Type == TokenType.DoubleDash) return null;
            if (token.Type == TokenType.Argument && token.Value.Length > 1 && token.Value[0] == '-' && !IsOptionValue(parsed, token)) return token.Value.Split('=')[0];
        }
        return null;
    }

    private static bool IsOptionValue(ParseResult parsed, Token token) =>
        parsed.CommandResult.Children.OfType<OptionResult>().Any(o => o.Tokens.Any(t => ReferenceEquals(t, token)));

    private static string? Missing(ParseResult parsed)
    {
        foreach (var option in parsed.CommandResult.Children.OfType<OptionResult>())
        {
            if (option.Option.Arity.MinimumNumberOfValues > option.Tokens.Count) return $"{option.Option.Name} needs a value: {option.Option.Name} {option.Option.HelpName}";
            if (option.Tokens.Count > option.Option.Arity.MaximumNumberOfValues) return $"{option.Option.Name} is given twice";
        }
        foreach (var argument in parsed.CommandResult.Command.Arguments)
        {
            if (argument.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(argument) is not { Tokens.Count: > 0 })
                return $"{Path(parsed)} needs {argument.HelpName ?? argument.Name}{SeeHelp(parsed)}";
        }
        return null;
    }

    private static IEnumerable<string> Options(ParseResult parsed)
    {
        for (SymbolResult? result = parsed.CommandResult; result is CommandResult command; result = result.Parent)
        {
            foreach (var option in command.Command.Options) yield return option.Name;
        }
    }

    private static string Suggest(string word, IEnumerable<string> known, string otherwise) =>
        DefinitionText.Nearest(word, known) is { } near ? $"; did you mean {near}?" : otherwise;

    private static string SeeHelp(ParseResult parsed) => $"; {Path(parsed)} --help shows what there is";

    /// <summary><c>streamforge features get</c>.</summary>
    private static string Path(ParseResult parsed)
    {
        var names = new List<string>();
        for (SymbolResult? result = parsed.CommandResult; result is CommandResult command; result = result.Parent) names.Add(command.Command.Name);
        names[^1] = "streamforge";
        names.Reverse();
        return string.Join(' ', names);
    }
}
