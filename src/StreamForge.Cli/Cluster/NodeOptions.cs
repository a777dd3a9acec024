using System.Collections.Immutable;
using StreamForge.Embedded.Storage;

namespace StreamForge.Cli.Cluster;

/// <summary>How soon a silo that does not answer is taken for lost.</summary>
internal enum FailureDetection
{
    /// <summary>Orleans' own settings: three probes, five seconds apart.</summary>
    Normal,

    /// <summary>Two probes, a second apart: for machines and networks that do not pause for a second.</summary>
    Fast,
}

/// <summary>What a node of the cluster is started with.</summary>
/// <param name="Files">Pipeline files; every node of a cluster runs the same.</param>
/// <param name="Postgres">The database's address; null for a node that keeps everything in memory.</param>
/// <param name="Localhost">A cluster of this node alone, without membership in PostgreSQL.</param>
/// <param name="ClusterId">Nodes with the same id and database find each other.</param>
/// <param name="Bind">The address that HTTP and the silo listen on.</param>
/// <param name="Advertise">The address that other nodes reach this one by; null to choose by <paramref name="Bind"/>.</param>
/// <param name="Port">HTTP; 0 for any free one.</param>
/// <param name="SiloPort">Between silos; 0 for any free one.</param>
/// <param name="GatewayPort">For Orleans clients of other programs; 0 for none.</param>
/// <param name="FlushInterval">Between two flushes of the state.</param>
/// <param name="DrainTimeout">How long a stop may take before the node leaves with what is then durable.</param>
/// <param name="Warehouse">Where tables are kept, a location; null for what each pipeline says.</param>
internal sealed record NodeOptions(
    ImmutableArray<string> Files, string? Postgres, string Schema, bool Localhost, string ClusterId, string Bind, string? Advertise, int Port, int SiloPort, int GatewayPort,
    FailureDetection FailureDetection, TimeSpan FlushInterval, TimeSpan DrainTimeout, DataDirectory Data, string? Warehouse);

/// <summary>Runs a node until it is stopped.</summary>
/// <returns>The exit code.</returns>
internal delegate Task<int> NodeRunner(Shell shell, NodeOptions options);
