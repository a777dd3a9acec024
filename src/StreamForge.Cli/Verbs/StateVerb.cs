using System.CommandLine;
using StreamForge.Cli.Output;
using StreamForge.Cli.Parsing;
using StreamForge.Pipeline.States;

namespace StreamForge.Cli.Verbs;

/// <summary>What <c>state export</c> and <c>state import</c> share: a file, and one of two places.</summary>
internal abstract class StateVerb : Verb
{
    protected StateVerb(Shell shell, string name, string summary, params ReadOnlySpan<string> examples) : base(shell, name, summary, examples)
    {
    }

    protected PostgresSettings Postgres { get; } = new();

    protected static Argument<string> FileArgument() => new("FILE") { Description = "The state file" };

    protected void AddOptions()
    {
        Add(CommonSettings.DataDirectoryPath);
        Postgres.AddTo(this);
        Add(CommonSettings.Json);
    }

    /// <summary>Whether the cluster is meant, and not a data directory.</summary>
    protected bool IsCluster(ParseResult parsed) => Postgres.IsMeant(parsed);

    protected void Report(ParseResult parsed, string done, StateHeader header, StateCounts counts, string where)
    {
        if (!CommonSettings.Json.Read(parsed))
        {
            Shell.Print($"{done} {header.Pipeline}: checkpoint {header.Checkpoint:N0}, {counts.Keys:N0} keys of {header.Views.Length:N0} views, {counts.DeadLetters:N0} dead letters, {counts.Late:N0} late events; {where}");
            return;
        }
        JsonOutput.Write(Shell, json =>
        {
            json.WriteStartObject();
            json.WriteString("pipeline", header.Pipeline);
            json.WriteNumber("checkpoint", header.Checkpoint);
            json.WriteNumber("keys", counts.Keys);
            json.WriteNumber("dead_letters", counts.DeadLetters);
            json.WriteNumber("late", counts.Late);
            json.WriteEndObject();
        });
    }
}
