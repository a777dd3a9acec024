namespace StreamForge.Tests.Architecture;

/// <summary>A project of the house and what it may know.</summary>
/// <param name="Folder">Below the repository's root, with its project file of the last part's name.</param>
/// <param name="Sees">The rooms whose types it may use; nothing imports upwards, and sideways only through a port in Core.</param>
/// <param name="Packages">The assemblies from packages that it may use.</param>
internal sealed record Room(string Folder, string[] Sees, string[] Packages)
{
    public string Name => Path.GetFileName(Folder);

    /// <summary>The program's assembly has the name that users see.</summary>
    public string Assembly => Name == "StreamForge.Cli" ? "streamforge" : Name;

    /// <summary>No I/O, no clock, no threads, no chance: what it answers depends on what it is given.</summary>
    public bool IsPure { get; init; }

    /// <summary>Whether it may use ASP.NET Core.</summary>
    public bool IsWeb { get; init; }
}

/// <summary>The rooms of the house and their directions. A new project needs its line here, and a thought.</summary>
internal static class Rooms
{
    private const string Core = "StreamForge.Core", Sql = "StreamForge.Sql", Features = "StreamForge.Features", Formats = "StreamForge.Formats";
    private const string Pipeline = "StreamForge.Pipeline", Connectors = "StreamForge.Connectors", Embedded = "StreamForge.Embedded", Server = "StreamForge.Server";
    private const string Iceberg = "StreamForge.Iceberg", ObjectStores = "StreamForge.ObjectStores", Protocol = "StreamForge.Cluster", Postgres = "StreamForge.Postgres";

    /// <summary>The product, from the bottom up.</summary>
    public static Room[] Product { get; } =
    [
        new("src/StreamForge.Core", [], []) { IsPure = true },
        new("src/StreamForge.Sql", [Core], []) { IsPure = true },
        new("src/StreamForge.Features", [Core], []) { IsPure = true },
        new("src/StreamForge.Formats", [Core], []) { IsPure = true },
        new("src/StreamForge.Pipeline", [Core, Sql, Features, Formats], ["YamlDotNet"]) { IsPure = true },
        new("src/StreamForge.Iceberg", [Core, Sql, Formats], []),
        new("src/StreamForge.ObjectStores", [Core], []),
        new("src/StreamForge.Connectors", [Core, Sql, Features, Formats, Pipeline, Iceberg, ObjectStores], ["Confluent.Kafka"]),
        new("src/StreamForge.Embedded", [Core, Sql, Features, Formats, Pipeline, Iceberg, ObjectStores, Connectors], ["Microsoft.Extensions.Logging.Abstractions"]),
        new("src/StreamForge.Cluster", [Core, Sql, Features, Formats, Pipeline], ["Microsoft.Extensions.Logging.Abstractions"]) { IsPure = true },
        new("src/StreamForge.Postgres", [Core, Pipeline, Protocol], ["Npgsql", "Microsoft.Extensions.Logging.Abstractions"]),
        new("src/StreamForge.Server", [Core, Pipeline], []) { IsWeb = true },
        new("src/StreamForge.Cli", [Core, Sql, Features, Formats, Pipeline, Iceberg, ObjectStores, Connectors, Embedded, Protocol, Postgres, Server], ["System.CommandLine", "Spectre.Console"]) { IsWeb = true },
    ];

    /// <summary>Projects that are not shipped and may see all of it.</summary>
    public static string[] Tests { get; } = ["tests/StreamForge.Testing", "tests/StreamForge.Tests", "tests/StreamForge.Integration.Tests", "tests/StreamForge.Benchmarks"];

    /// <summary>Projects that know Orleans and are left out of StreamForge.Embedded.slnf.</summary>
    public static string[] Orleans { get; } = ["silo/StreamForge.Grains", "silo/StreamForge.Silo", "tests/StreamForge.Cluster.Tests"];

    /// <summary>What a pure room uses all the same, each with the reason: (assembly, member as <see cref="AssemblyFacts.Members"/> writes it, reason).</summary>
    public static (string Assembly, string Member, string Reason)[] Exceptions { get; } =
    [
        (Sql, "System.Random..ctor/0", "RAND() is chance itself"),
        (Sql, "System.Guid.NewGuid/0", "UUID() is chance itself"),
        (Sql, "System.TimeProvider.get_System/0", "folding constants needs a context; what reads the clock is never folded"),
        (Pipeline, "System.TimeProvider.get_System/0", "derived features are evaluated in a context of their own, whose clock only a derived NOW() would read"),
    ];
}
