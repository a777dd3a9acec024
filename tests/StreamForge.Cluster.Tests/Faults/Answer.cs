using System.Globalization;
using StreamForge.Core;
using StreamForge.Iceberg.Catalogs;
using StreamForge.Iceberg.Scans;
using StreamForge.ObjectStores.Local;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Cluster.Tests.Faults;

/// <summary>All features of one key.</summary>
internal sealed record KeyFeatures(string Key, FeatureValue[] Values);

/// <summary>Everything that a pipeline has come to, whichever host ran it.</summary>
/// <param name="Keys">Keys of all views, in order.</param>
/// <param name="Counts">By view: how many keys it has.</param>
/// <param name="Tables">By sink: the rows of its table, in order; of each closed window its newest revision.</param>
/// <param name="DeadLetters">The ledger's lines, in order.</param>
/// <param name="Late">Those of the late ledger.</param>
internal sealed record Answer(KeyFeatures[] Keys, IReadOnlyDictionary<string, long> Counts, IReadOnlyDictionary<string, string[]> Tables, string[] DeadLetters, string[] Late)
{
    /// <summary>How far doubles may be apart, relative: they are added in another order.</summary>
    private const double Closeness = 1e-12;

    private const int Shown = 12;

    /// <summary>Reads all keys of all views, each by its view's clock.</summary>
    public static KeyFeatures[] Read(IFeatureReader reader, IEnumerable<(ViewDescription View, byte[] Key)> keys)
    {
        var row = new FeatureRow();
        var answers = new List<KeyFeatures>();
        foreach (var (view, key) in keys)
        {
            reader.Read(view, key, null, row);
            answers.Add(new($"{view.Name} {string.Join(',', KeyCodec.Read(key, view.Entity))} at {EventTime.Format(row.At)}, newest {EventTime.FormatOrNull(row.EventTime)}", [.. row.Values]));
        }
        return [.. answers.OrderBy(a => a.Key, StringComparer.Ordinal)];
    }

    /// <summary>The rows of all Iceberg sinks' tables: what the sink was given, and for rows of the source where each came from. A table that is not there has none.</summary>
    public static async Task<Dictionary<string, string[]>> ReadTablesAsync(PipelinePlan plan, string warehouse)
    {
        var store = new LocalObjectStore();
        var catalog = new WarehouseCatalog(store, warehouse, TimeProvider.System);
        var tables = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var sink in plan.Sinks)
        {
            var rows = new List<string>();
            try
            {
                var table = await catalog.LoadAsync(TableName.Parse(((IcebergSinkOptions)sink.Definition.Options).Name.Value), CancellationToken.None);
                var scan = await TableScan.PlanAsync(store, table.Metadata, table.MetadataLocation, new ScanOptions(), CancellationToken.None);
                string[] columns = [.. sink.Schema.Fields.Select(f => f.Name), .. sink.View < 0 ? ["_source_position"] : Array.Empty<string>()];
                await foreach (var batch in scan.ReadAsync())
                {
                    var read = columns.Select(c => batch[c]).ToArray();
                    for (var row = 0; row < batch.Count; row++) rows.Add(string.Join('|', read.Select(c => Text(FeatureValue.From(c, row)))));
                    batch.Release();
                }
            }
            catch (StreamForgeException error) when (error.Kind == ErrorKind.NotFound)
            {
                // The sink has not been opened yet.
            }
            tables[sink.Name] = [.. (sink.View < 0 ? rows : Newest(plan, sink, rows)).Order(StringComparer.Ordinal)];
        }
        return tables;
    }

    /// <summary>
    /// The newest revision of each window, without its number. How many revisions there are may depend on the host and the moment; but the n-th is there once, and so are all before it.
    /// </summary>
    private static IEnumerable<string> Newest(PipelinePlan plan, SinkPlan sink, IEnumerable<string> rows)
    {
        // key columns, window, window_start, window_end, revision, op, values
        var identity = plan.Views[sink.View].Entity.Length + 3;
        var windows = rows.Select(r => r.Split('|')).GroupBy(r => string.Join('|', r[..identity]), r => (Revision: int.Parse(r[identity], CultureInfo.InvariantCulture), Values: string.Join('|', r[(identity + 2)..])), StringComparer.Ordinal);
        foreach (var window in windows)
        {
            var revisions = window.OrderBy(w => w.Revision).ToArray();
            var isWhole = revisions.Select(r => r.Revision).SequenceEqual(Enumerable.Range(0, revisions.Length));
            yield return $"{window.Key}|{(isWhole ? "" : $"with the revisions {string.Join(", ", revisions.Select(r => r.Revision))}|")}{revisions[^1].Values}";
        }
    }

    /// <summary>What another answer has and this one has not, and the other way round; empty when they are the same.</summary>
    public string Differences(Answer other)
    {
        var found = new List<string>();
        foreach (var (view, count) in Counts) found.Add(count == other.Counts[view] ? "" : $"{view} has {count} keys here and {other.Counts[view]} there");
        foreach (var (mine, yours) in Pair(Keys, other.Keys)) found.Add(Difference(mine, yours));
        found.Add(Differences(Tables, other.Tables));
        found.Add(Difference("dead letters", DeadLetters, other.DeadLetters));
        found.Add(Difference("late ledger", Late, other.Late));
        found.RemoveAll(f => f.Length == 0);
        return found.Count == 0 ? "" : $"{found.Count} differences\n{string.Join('\n', found.Take(Shown))}";
    }

    /// <summary>As <see cref="Differences(Answer)"/>, of tables alone.</summary>
    public static string Differences(IReadOnlyDictionary<string, string[]> mine, IReadOnlyDictionary<string, string[]> yours) =>
        string.Join('\n', mine.Select(t => Difference($"table of {t.Key}", t.Value, yours[t.Key])).Where(d => d.Length > 0));

    private static IEnumerable<(KeyFeatures? Mine, KeyFeatures? Yours)> Pair(KeyFeatures[] mine, KeyFeatures[] yours)
    {
        var found = yours.ToDictionary(k => k.Key, StringComparer.Ordinal);
        foreach (var key in mine) yield return (key, found.Remove(key.Key, out var same) ? same : null);
        foreach (var key in found.Values) yield return (null, key);
    }

    private static string Difference(KeyFeatures? mine, KeyFeatures? yours)
    {
        if (mine is null || yours is null) return $"only {(mine is null ? "there" : "here")}: {(mine ?? yours)!.Key}";
        var other = Enumerable.Range(0, mine.Values.Length).Where(i => !AreSame(mine.Values[i], yours.Values[i])).ToArray();
        return other.Length == 0 ? "" : $"{mine.Key}: {string.Join(", ", other.Select(i => $"feature {i} is {mine.Values[i]} here and {yours.Values[i]} there"))}";
    }

    private static bool AreSame(FeatureValue mine, FeatureValue yours)
    {
        if (mine.Status != yours.Status || mine.Type != yours.Type) return false;
        if (mine.Status != FeatureStatus.Present || mine.Type.Kind != TypeKind.Double) return mine.ToString() == yours.ToString();
        return Math.Abs(mine.Double - yours.Double) <= Closeness * Math.Max(Math.Abs(mine.Double), Math.Abs(yours.Double));
    }

    private static string Difference(string what, string[] mine, string[] yours)
    {
        var here = Surplus(mine, yours);
        var there = Surplus(yours, mine);
        return here.Length + there.Length == 0 ? "" : $"{what}: {here.Length} too many here: {string.Join(" and ", here.Take(2))}; {there.Length} too many there: {string.Join(" and ", there.Take(2))}";
    }

    /// <summary>What is oftener in the first than in the second.</summary>
    private static string[] Surplus(string[] first, string[] second)
    {
        var counts = second.CountBy(s => s, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        return [.. first.Where(s => (counts[s] = counts.GetValueOrDefault(s) - 1) < 0)];
    }

    /// <summary>Doubles with as many digits as do not depend on the order of addition.</summary>
    private static string Text(FeatureValue value) => value.Status == FeatureStatus.Present && value.Type.Kind == TypeKind.Double ? $"{value.Double:G9}" : value.ToString();
}
