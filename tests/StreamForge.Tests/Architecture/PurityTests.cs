namespace StreamForge.Tests.Architecture;

/// <summary>Pure rooms touch neither the world nor chance: files, network, threads, clocks, environment and unseeded random numbers are handed to them, or stay outside.</summary>
public class PurityTests
{
    private static readonly string[] ForbiddenTypes =
    [
        "System.IO.File", "System.IO.FileStream", "System.IO.FileInfo", "System.IO.Directory", "System.IO.DirectoryInfo", "System.IO.FileSystemWatcher",
        "System.Threading.ThreadPool", "System.Threading.Timer", "System.Threading.Tasks.TaskFactory", "System.Threading.Tasks.Parallel",
        "System.Diagnostics.Process", "System.Diagnostics.Stopwatch", "System.Console",
    ];

    private static readonly string[] ForbiddenNamespaces = ["System.Net.Sockets.", "System.Net.Http."];

    private static readonly string[] ForbiddenMembers =
    [
        "System.Threading.Thread..ctor", "System.Threading.Thread.Start", "System.Threading.Thread.Sleep", "System.Threading.Tasks.Task.Run", "System.Threading.Tasks.Task.Delay",
        "System.DateTime.get_Now", "System.DateTime.get_UtcNow", "System.DateTime.get_Today", "System.DateTimeOffset.get_Now", "System.DateTimeOffset.get_UtcNow",
        "System.TimeProvider.get_System", "System.Environment.get_TickCount", "System.Environment.get_TickCount64",
        "System.Environment.GetEnvironmentVariable", "System.Environment.GetEnvironmentVariables",
        "System.Random..ctor/0", "System.Random.get_Shared", "System.Guid.NewGuid",
    ];

    public static TheoryData<string> PureRooms => [.. Rooms.Product.Where(r => r.IsPure).Select(r => r.Assembly)];

    [Theory]
    [MemberData(nameof(PureRooms))]
    public void Pure_room_touches_neither_the_world_nor_chance(string assembly)
    {
        var allowed = Rooms.Exceptions.Where(e => e.Assembly == assembly).Select(e => e.Member);
        Assert.Empty(Impurities(AssemblyFacts.Of(assembly)).Except(allowed));
    }

    [Fact]
    public void Every_exception_is_still_needed_and_has_a_reason() => Assert.All(Rooms.Exceptions, e =>
    {
        Assert.Contains(e.Member, Impurities(AssemblyFacts.Of(e.Assembly)));
        Assert.NotEmpty(e.Reason);
    });

    [Fact]
    public void Rule_sees_what_it_forbids()
    {
        // This assembly reads files, and the next line is what no pure room may do.
        _ = (new Random(), new Random(1), Task.Run(() => 1), DateTime.UtcNow);
        var found = Impurities(AssemblyFacts.Of("StreamForge.Tests")).ToList();
        Assert.Contains("System.IO.File", found);
        Assert.Contains("System.Random..ctor/0", found);
        Assert.DoesNotContain("System.Random..ctor/1", found);
        Assert.Contains("System.Threading.Tasks.Task.Run/1", found);
        Assert.Contains("System.DateTime.get_UtcNow/0", found);
    }

    private static IEnumerable<string> Impurities(AssemblyFacts facts) =>
        facts.Types.Where(t => ForbiddenTypes.Contains(t) || ForbiddenNamespaces.Any(n => t.StartsWith(n, StringComparison.Ordinal)))
            .Concat(facts.Members.Where(m => ForbiddenMembers.Contains(m) || ForbiddenMembers.Contains(m[..m.LastIndexOf('/')])));
}
