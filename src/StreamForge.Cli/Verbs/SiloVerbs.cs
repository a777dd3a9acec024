using StreamForge.Cli.Cluster;

namespace StreamForge.Cli.Verbs;

/// <summary>The group <c>silo</c>.</summary>
internal static class SiloVerbs
{
    /// <param name="node">Runs a node; null where this program has none inside.</param>
    public static VerbGroup Create(Shell shell, NodeRunner? node) => new(
        "silo", "Nodes of a cluster", "./streamforge silo status --url http://127.0.0.1:7070", new SiloStartVerb(shell, node), new SiloInitDbVerb(shell), new SiloStatusVerb(shell));
}
