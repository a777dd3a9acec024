using System.CommandLine;
using StreamForge.Cli.Cluster;
using StreamForge.Cli.Parsing;
using StreamForge.Cli.Verbs;
using StreamForge.Core;

namespace StreamForge.Cli;

/// <summary>From arguments to an exit code: parses, refuses what is wrong or not built yet, runs the verb, and turns every failure into one sentence.</summary>
internal static class CommandLine
{
    /// <param name="node">Runs a node of a cluster; null where this program has none inside.</param>
    public static async Task<int> RunAsync(string[] args, NodeRunner? node = null)
    {
        using var shell = new Shell();
        var root = AllVerbs.Create(shell, node);
        var parsed = root.Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        var isHelp = parsed.Action is HelpText;
        if (!isHelp && Usage.Problem(parsed) is { } problem)
        {
            shell.Errors.Line(problem);
            if (Usage.LacksVerb(parsed)) HelpText.Write(parsed.CommandResult.Command, shell.Errors.Writer);
            return ExitCodes.Usage;
        }
        try
        {
            shell.Log.Level = CommonSettings.LogLevel.Read(parsed);
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
                Output = shell.Output,
                Error = shell.Errors.Writer,
            });
        }
        catch (Exception error)
        {
            return Report(error, shell);
        }
    }

    private static int Report(Exception error, Shell shell)
    {
        switch (error)
        {
            case InvalidDefinitionException invalid:
                foreach (var fault in invalid.Faults) shell.Errors.Line(fault.ToString());
                return ExitCodes.Usage;
            case StreamForgeException expected:
                shell.Errors.Line($"streamforge: {expected.Message}");
                if (shell.Log.Level <= Microsoft.Extensions.Logging.LogLevel.Debug && expected.InnerException is { } inner) shell.Errors.Line(inner.ToString());
                return ExitCodes.Of(expected.Kind);
            case OperationCanceledException when shell.Interrupted.IsCancellationRequested:
                shell.Errors.Line("interrupted");
                return ExitCodes.Interrupted;
            case IOException or UnauthorizedAccessException:
                shell.Errors.Line($"streamforge: {error.Message}");
                return ExitCodes.Failed;
            default:
                shell.Errors.Line($"streamforge: internal error: {error.GetType().Name}: {error.Message}");
                shell.Errors.Line(shell.Log.Level <= Microsoft.Extensions.Logging.LogLevel.Debug ? error.ToString() : "this is a defect; --log-level debug shows where");
                return ExitCodes.Failed;
        }
    }
}
