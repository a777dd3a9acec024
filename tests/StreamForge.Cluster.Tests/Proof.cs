using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using StreamForge.Testing.Proof;

namespace StreamForge.Cluster.Tests;

/// <summary>Writes silo/PROVEN.md when the script that has run all of these tests asks for it, with what they came to.</summary>
public sealed class Proof
{
    /// <summary><c>commit passed failed skipped</c>, separated by spaces.</summary>
    private const string Variable = "STREAMFORGE_PROOF";

    [Fact]
    public void What_these_projects_use_of_the_other_rooms_can_be_told()
    {
        string[] compiled = ["StreamForge.Grains", "streamforge-silo", "StreamForge.Cluster.Tests"];
        var others = Directory.EnumerateFiles(AppContext.BaseDirectory, "StreamForge.*.dll").Select(f => Path.GetFileNameWithoutExtension(f)).Except(compiled, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal);
        var surface = compiled.SelectMany(a => Surface.UsedBy(Path.Combine(AppContext.BaseDirectory, a + ".dll"), others)).ToImmutableSortedSet(StringComparer.Ordinal);
        Assert.NotEmpty(surface);
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } asked) return;
        var parts = asked.Split(' ');
        int Count(int index) => int.Parse(parts[index], CultureInfo.InvariantCulture);
        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        var record = new ProvenRecord(OrleansVersion(), today, parts[0], Count(1), Count(2), Count(3), ProvenRecord.HashNow(), surface);
        var kept = ProvenRecord.TryRead();
        var isNews = kept is null || kept.Hash != record.Hash || kept.Orleans != record.Orleans || !kept.Surface.SetEquals(surface) || (kept.Passed, kept.Skipped) != (record.Passed, record.Skipped);
        if (isNews) record.Write();
    }

    private static string OrleansVersion() =>
        typeof(Grain).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split(['+', ' '])[0].TrimEnd('.');
}
