using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace StreamForge.Testing.Proof;

/// <summary>
/// What <c>silo/PROVEN.md</c> says: when and on which Orleans the cluster's tests passed last, of which sources, and which members of the other rooms these use. It is written where Orleans restores and checked
/// everywhere: where it does not, this is how one knows that the cluster host still works.
/// </summary>
public sealed partial record ProvenRecord(string Orleans, DateOnly Date, string Commit, int Passed, int Failed, int Skipped, string Hash, ImmutableSortedSet<string> Surface)
{
    private static readonly string[] Folders = ["silo", "tests/StreamForge.Cluster.Tests"];

    /// <summary>Relative to the repository.</summary>
    public const string File = "silo/PROVEN.md";

    /// <summary>The hash of the sources as they are now.</summary>
    public static string HashNow() => SourceHash.Of(RepositoryFiles.Root, Folders, path => path == File);

    /// <summary>The record, or null when there is none or it cannot be read.</summary>
    public static ProvenRecord? TryRead()
    {
        var path = Path.Combine(RepositoryFiles.Root, File);
        if (!System.IO.File.Exists(path)) return null;
        var text = System.IO.File.ReadAllText(path);
        var head = Head().Match(text);
        var hash = Sources().Match(text);
        if (!head.Success || !hash.Success) return null;
        int Count(string group) => int.Parse(head.Groups[group].Value, CultureInfo.InvariantCulture);
        var members = text.Split('\n').SkipWhile(l => l != "```").Skip(1).TakeWhile(l => l != "```");
        return new ProvenRecord(
            head.Groups["orleans"].Value, DateOnly.ParseExact(head.Groups["date"].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture), head.Groups["commit"].Value,
            Count("passed"), Count("failed"), Count("skipped"), hash.Groups["hash"].Value, [.. members.ToImmutableSortedSet(StringComparer.Ordinal)]);
    }

    public void Write() => System.IO.File.WriteAllText(Path.Combine(RepositoryFiles.Root, File), string.Create(CultureInfo.InvariantCulture, $"""
        # The cluster host was tested

        Passed on Orleans {Orleans}, {Date:yyyy-MM-dd}, commit {Commit}: {Passed} passed, {Failed} failed, {Skipped} skipped.

        The test run of `tests/StreamForge.Cluster.Tests` writes this file; nobody else does. It holds for these sources only: a test fails when they, or what they use, are no longer what was tested. Run `./test.sh` where Orleans
        restores to write it anew.

        Hash of `silo/` and `tests/StreamForge.Cluster.Tests/`: `{Hash}`

        Types and members of the other rooms that they use:

        ```
        {string.Join('\n', Surface)}
        ```

        """));

    [GeneratedRegex(@"^Passed on Orleans (?<orleans>\S+), (?<date>\d{4}-\d\d-\d\d), commit (?<commit>\S+): (?<passed>\d+) passed, (?<failed>\d+) failed, (?<skipped>\d+) skipped\.$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Head();

    [GeneratedRegex(@"^Hash of .*: `(?<hash>[0-9a-f]{64})`$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Sources();
}
