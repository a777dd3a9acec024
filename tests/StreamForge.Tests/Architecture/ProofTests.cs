using StreamForge.Testing.Proof;

namespace StreamForge.Tests.Architecture;

/// <summary>The cluster host is not built where Orleans does not restore; what was proven elsewhere must be what is here.</summary>
public sealed class ProofTests
{
    private static readonly ProvenRecord? Record = ProvenRecord.TryRead();

    [Fact]
    public void The_cluster_host_is_the_one_that_was_tested()
    {
        Assert.True(Record is not null, $"{ProvenRecord.File} is missing or unreadable; run ./test.sh where Orleans restores");
        Assert.Equal(0, Record.Failed);
        Assert.True(Record.Hash == ProvenRecord.HashNow(), "silo/ or tests/StreamForge.Cluster.Tests has changed since the cluster's tests passed; run ./test.sh where Orleans restores and commit silo/PROVEN.md");
    }

    [Fact]
    public void What_the_cluster_host_uses_of_the_other_rooms_is_still_there()
    {
        Assert.NotNull(Record);
        var declared = Rooms.Product.Select(r => r.Assembly).Concat(["StreamForge.Testing"]).SelectMany(a => Surface.DeclaredBy(Path.Combine(AppContext.BaseDirectory, a + ".dll"))).ToHashSet(StringComparer.Ordinal);
        Assert.NotEmpty(Record.Surface);
        Assert.DoesNotContain(Record.Surface, m => !declared.Contains(m));
    }

    [Fact]
    public void The_surface_tells_members_by_their_whole_signature()
    {
        var here = Path.Combine(AppContext.BaseDirectory, "StreamForge.Tests.dll");
        var used = Surface.UsedBy(here, new HashSet<string>(["StreamForge.Testing"], StringComparer.Ordinal));
        Assert.Contains("StreamForge.Testing.Proof.SourceHash", used.Concat(Surface.DeclaredBy(Path.Combine(AppContext.BaseDirectory, "StreamForge.Testing.dll"))));
        Assert.Contains("StreamForge.Testing.Proof.ProvenRecord::HashNow(): String", used);
        Assert.DoesNotContain("StreamForge.Testing.Proof.ProvenRecord::HashNow(String): String", used);
        Assert.Subset(Surface.DeclaredBy(Path.Combine(AppContext.BaseDirectory, "StreamForge.Testing.dll")).ToHashSet(StringComparer.Ordinal), used.ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public void A_changed_file_changes_the_hash()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            Directory.CreateDirectory(Path.Combine(folder.FullName, "a/bin"));
            File.WriteAllText(Path.Combine(folder.FullName, "a/one.cs"), "1");
            string Hash() => SourceHash.Of(folder.FullName, ["a"], p => p == "a/left-out");
            var before = Hash();
            File.WriteAllText(Path.Combine(folder.FullName, "a/bin/made"), "x");
            File.WriteAllText(Path.Combine(folder.FullName, "a/left-out"), "x");
            Assert.Equal(before, Hash());
            File.WriteAllText(Path.Combine(folder.FullName, "a/one.cs"), "2");
            Assert.NotEqual(before, Hash());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
