using System.Collections.Immutable;
using System.CommandLine;
using StreamForge.Core;

namespace StreamForge.Cli.Parsing;

/// <summary>
/// An option that is also an environment variable: <c>--data-dir</c> is <c>STREAMFORGE_DATA_DIR</c>; what the command line says goes first, then the variable, then a configuration file where the verb has
/// one (<c>data_dir</c>). An empty variable is none.
/// </summary>
internal abstract class Setting : Option<string?>
{
    protected Setting(string name, string help, string? valueName) : base(name)
    {
        Description = help;
        HelpName = valueName;
        Arity = valueName is null ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne;
        Variable = "STREAMFORGE_" + name[2..].Replace('-', '_').ToUpperInvariant();
    }

    public string Variable { get; }

    /// <summary>Its name in a configuration file: <c>data_dir</c>.</summary>
    public string Field => Name[2..].Replace('-', '_');

    /// <summary>Whether the command line, the environment or the file sets it.</summary>
    public bool IsGiven(ParseResult parsed, ConfigurationFile? file = null) => Find(parsed, file) is not null;

    /// <summary>The text that was given and what gave it; a flag without a value is <c>true</c>.</summary>
    protected (string Text, string By)? Find(ParseResult parsed, ConfigurationFile? file)
    {
        if (parsed.GetResult(this) is { Implicit: false } result)
            return (result.Tokens.Count == 0 ? "true" : result.Tokens[^1].Value, Name);
        if (Shell.Environment(Variable) is { Length: > 0 } value) return (value, Variable);
        return file?.Find(Field) is { } set ? (set.Values[^1], set.Location.Fault(Field).ToString()) : null;
    }
}

/// <summary>An option with a value.</summary>
/// <param name="parse">Reads the text; false when it is none of what <paramref name="what"/> says.</param>
/// <param name="what">For the sentence: <c>a number from 0 to 65535</c>.</param>
internal sealed class Setting<T>(string name, string valueName, string help, T fallback, string what, Setting<T>.Parser parse) : Setting(name, help, valueName)
{
    public delegate bool Parser(string text, out T value);

    /// <exception cref="StreamForgeException">InvalidArgument when the text cannot be read.</exception>
    public T Read(ParseResult parsed, ConfigurationFile? file = null)
    {
        if (Find(parsed, file) is not { } given) return fallback;
        return parse(given.Text, out var value)
            ? value
            : throw new StreamForgeException(ErrorKind.InvalidArgument, $"{given.By} takes {what}, not '{given.Text}'");
    }
}

/// <summary>An option that is there or not.</summary>
internal sealed class Flag : Setting
{
    public Flag(string name, string help) : base(name, help, null) => Arity = ArgumentArity.Zero;

    public bool Read(ParseResult parsed, ConfigurationFile? file = null)
    {
        if (Find(parsed, file) is not { } given) return false;
        return given.Text.ToLowerInvariant() switch
        {
            "1" or "true" or "yes" => true,
            "0" or "false" or "no" => false,
            _ => throw new StreamForgeException(ErrorKind.InvalidArgument, $"{given.By} takes true or false, not '{given.Text}'"),
        };
    }
}

/// <summary>An option that takes names and may be given several times; in a variable they stand with commas between.</summary>
internal sealed class NameList : Setting
{
    public NameList(string name, string valueName, string help) : base(name, help, valueName)
    {
        Arity = ArgumentArity.OneOrMore;
        AllowMultipleArgumentsPerToken = false;
        CustomParser = static result => result.Tokens[^1].Value;
    }

    public ImmutableSortedSet<string> Read(ParseResult parsed) => parsed.GetResult(this) is { Implicit: false } given
        ? [.. given.Tokens.Select(static t => t.Value)]
        : [.. Find(parsed, null)?.Text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? []];
}

/// <summary>An option of the contract that is not built: given, it is refused.</summary>
/// <param name="off">A value that means it is not wanted, and is taken; null for none.</param>
internal sealed class NotYetOption : Setting
{
    private readonly string? _off;

    public NotYetOption(string name, string? valueName, string help, string? off = null) : base(name, $"{help} (not supported yet)", valueName)
    {
        _off = off;
        if (valueName is null) Arity = ArgumentArity.Zero;
    }

    /// <summary>What to say when it is given; null when it is not.</summary>
    public string? Refusal(ParseResult parsed) => Find(parsed, null) is { } given && given.Text != _off ? $"{given.By} is not supported yet" : null;
}
