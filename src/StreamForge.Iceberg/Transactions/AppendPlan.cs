using System.Collections.Immutable;
using System.Globalization;
using StreamForge.Iceberg.Manifests;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Iceberg.Transactions;

/// <summary>The pure part of an append: which manifests are put together, and the snapshot with its summary.</summary>
public static class AppendPlan
{
    /// <summary>So many small manifests of a spec are merged; the table property <c>commit.manifest.min-count-to-merge</c> says another number.</summary>
    public const int DefaultMinCountToMerge = 100;

    /// <summary>Manifests of this many bytes are left as they are; the table property <c>commit.manifest.target-size-bytes</c> says another number.</summary>
    public const long DefaultTargetBytes = 8 * 1024 * 1024;

    /// <summary>The manifests that the next commit merges with its own; none while there are few.</summary>
    public static ImmutableArray<ManifestFile> ToMerge(TableMetadata metadata, ImmutableArray<ManifestFile> manifests, int specId)
    {
        var target = Number(metadata, "commit.manifest.target-size-bytes", DefaultTargetBytes);
        ImmutableArray<ManifestFile> small = [.. manifests.Where(manifest => !manifest.IsDeletes && manifest.SpecId == specId && manifest.Length < target)];
        return small.Length + 1 < Number(metadata, "commit.manifest.min-count-to-merge", DefaultMinCountToMerge) ? [] : small;
    }

    /// <summary>The entries of a merged manifest: those of the new files as they are, all others as existing ones; files that are gone are left out.</summary>
    public static IEnumerable<ManifestEntry> Merge(IEnumerable<ManifestEntry> added, IEnumerable<ManifestEntry> before) =>
        added.Concat(before.Where(entry => entry.Status != EntryStatus.Deleted).Select(entry => entry with { Status = EntryStatus.Existing }));

    /// <summary>What is new for a snapshot's list: the sequence number goes to manifests that were written for it.</summary>
    public static ManifestFile Numbered(ManifestFile manifest, long sequenceNumber) => manifest with
    {
        SequenceNumber = sequenceNumber,
        MinSequenceNumber = Math.Min(manifest.MinSequenceNumber, sequenceNumber),
    };

    /// <summary>The summary of a snapshot that adds <paramref name="files"/> to <paramref name="parent"/>.</summary>
    public static ImmutableSortedDictionary<string, string> Summary(Snapshot? parent, IReadOnlyCollection<DataFile> files, IEnumerable<KeyValuePair<string, string>> properties)
    {
        var summary = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in properties) summary[key] = value;
        var records = files.Sum(file => file.Records);
        var bytes = files.Sum(file => file.Bytes);
        summary["operation"] = "append";
        summary["added-data-files"] = Text(files.Count);
        summary["added-records"] = Text(records);
        summary["added-files-size"] = Text(bytes);
        summary["changed-partition-count"] = Text(files.Select(file => string.Join('\n', file.Partition)).Distinct(StringComparer.Ordinal).Count());
        Total("total-data-files", files.Count);
        Total("total-records", records);
        Total("total-files-size", bytes);
        Total("total-delete-files", 0);
        Total("total-position-deletes", 0);
        Total("total-equality-deletes", 0);
        return summary.ToImmutable();

        // A parent that does not say its totals leaves them unknown.
        void Total(string key, long more)
        {
            if (parent is null) summary[key] = Text(more);
            else if (parent.Summary.TryGetValue(key, out var before) && long.TryParse(before, CultureInfo.InvariantCulture, out var total)) summary[key] = Text(total + more);
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static long Number(TableMetadata metadata, string property, long otherwise) =>
        metadata.Properties.TryGetValue(property, out var text) && long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
