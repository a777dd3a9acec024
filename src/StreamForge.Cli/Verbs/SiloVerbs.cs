namespace StreamForge.Cli.Verbs;

/// <summary>The group <c>silo</c>.</summary>
internal static class SiloVerbs
{
    private const string Example = "./streamforge silo init-db --print";

    public static VerbGroup Create(Shell shell) => new(
        "silo", "A cluster node", Example,
        new NotYetVerb("start", "Starts a cluster node", Example), new SiloInitDbVerb(shell), new NotYetVerb("status", "How the cluster is", Example));
}
