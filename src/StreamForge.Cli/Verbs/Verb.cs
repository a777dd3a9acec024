using System.Collections.Immutable;
using System.CommandLine;

namespace StreamForge.Cli.Verbs;

internal interface IHasExamples
{
    /// <summary>Command lines that run as they stand, in a checkout.</summary>
    ImmutableArray<string> Examples { get; }
}

/// <summary>A verb of the program.</summary>
internal abstract class Verb : Command, IHasExamples
{
    protected Verb(Shell shell, string name, string summary, params ReadOnlySpan<string> examples) : base(name, summary)
    {
        Shell = shell;
        Examples = [.. examples];
        SetAction((parsed, _) => RunAsync(parsed));
    }

    public ImmutableArray<string> Examples { get; }

    protected Shell Shell { get; }

    /// <summary>Does the work.</summary>
    /// <returns>The exit code.</returns>
    protected abstract Task<int> RunAsync(ParseResult parsed);
}

/// <summary>A verb that only leads to others: <c>features</c>.</summary>
internal sealed class VerbGroup : Command, IHasExamples
{
    public VerbGroup(string name, string summary, string example, params ReadOnlySpan<Command> verbs) : base(name, summary)
    {
        Examples = [example];
        foreach (var verb in verbs) Add(verb);
    }

    public ImmutableArray<string> Examples { get; }
}

/// <summary>A verb of the contract that is not built yet; its example is what comes nearest today.</summary>
internal sealed class NotYetVerb : Command, IHasExamples
{
    public NotYetVerb(string name, string summary, string example) : base(name, $"{summary} (not supported yet)")
    {
        TreatUnmatchedTokensAsErrors = false;
        Examples = [example];
        SetAction(static _ => ExitCodes.Usage);
    }

    public ImmutableArray<string> Examples { get; }
}
