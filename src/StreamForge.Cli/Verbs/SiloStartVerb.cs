using System.CommandLine;
using StreamForge.Cli.Cluster;
using StreamForge.Cli.Parsing;

namespace StreamForge.Cli.Verbs;

/// <summary><c>silo start [FILE…]</c>. The node itself is in another program, which has this verb too; this one gives the word to it.</summary>
internal sealed class SiloStartVerb : Verb
{
    private readonly Argument<string[]> _files = new("FILE") { Description = "Pipeline files, the same on every node of the cluster", Arity = ArgumentArity.ZeroOrMore };
    private readonly NodeRunner? _runner;

    /// <param name="runner">Runs the node; null where this program has none inside.</param>
    public SiloStartVerb(Shell shell, NodeRunner? runner) : base(
        shell, "start", "Runs a node of a cluster until it is stopped",
        "./streamforge silo start examples/cluster/pipeline.yaml --postgres postgresql://postgres@127.0.0.1:5432/postgres", "./streamforge silo start examples/cluster/pipeline.yaml --localhost")
    {
        _runner = runner;
        Add(_files);
        NodeSettings.AddTo(this);
        Add(new NotYetOption("--grpc-port", "PORT", "The gRPC port", off: "0"));
        Add(new NotYetOption("--token-file", "FILE", "The tokens that callers must show"));
    }

    protected override Task<int> RunAsync(ParseResult parsed)
    {
        var options = NodeSettings.Read(parsed, parsed.GetValue(_files) ?? [], Shell);
        return _runner is { } run ? run(Shell, options) : SiloProgram.RunAsync(Shell);
    }
}
