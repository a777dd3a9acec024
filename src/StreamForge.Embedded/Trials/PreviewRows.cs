using StreamForge.Core;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Slices;

namespace StreamForge.Embedded.Trials;

/// <summary>Collects the first rows after each step, and the first keys of each view.</summary>
internal sealed class PreviewRows(PipelinePlan plan, int limit)
{
    private readonly Dictionary<string, List<FeatureValue[]>> _rows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<byte[]>> _keys = new(StringComparer.Ordinal);

    public List<DeadLetter> DeadLetters { get; } = [];

    public List<LateRecord> Late { get; } = [];

    /// <summary>Rows, or for a view keys, that a step has so far; at most the limit.</summary>
    public int Count(string step) => _rows.GetValueOrDefault(step)?.Count ?? _keys.GetValueOrDefault(step)?.Count ?? 0;

    /// <summary>Takes a result's rows, and releases its batches.</summary>
    public void Take(StageResult result)
    {
        DeadLetters.AddRange(result.DeadLetters);
        Late.AddRange(result.Late);
        foreach (var (sink, batch) in result.SinkBatches)
        {
            var rows = ListOf(_rows, plan.Sinks[sink].Name);
            var isChangelog = IsChangelog(plan.Sinks[sink]);
            for (var row = 0; row < batch.Count && rows.Count < limit; row++)
            {
                var values = new FeatureValue[batch.Schema.Count];
                for (var i = 0; i < values.Length; i++) values[i] = FeatureValue.From(batch[i], row);
                rows.Add(isChangelog ? [FeatureValue.OfText(DataType.String, ((char)batch.Headers.Ops[row]).ToString()), .. values] : values);
            }
            batch.Release();
        }
    }

    public void NoteKeys(ViewSlice slice)
    {
        var keys = ListOf(_keys, plan.Views[slice.View].Name);
        foreach (var row in slice.Order.Take(slice.Count).Order())
        {
            if (keys.Count == limit) return;
            var key = slice.Keys[row].ToArray();
            if (!keys.Exists(k => k.AsSpan().SequenceEqual(key))) keys.Add(key);
        }
    }

    /// <summary>What to show of a step.</summary>
    public PreviewStep Step(string name, IFeatureReader features)
    {
        if (plan.Sinks.FirstOrDefault(s => s.Name == name) is { } tap)
        {
            var kind = tap.Node == 0 ? PreviewKind.Source : PreviewKind.Transformation;
            return new PreviewStep(name, kind, IsChangelog(tap) ? [new Field(TableColumns.Op, DataType.String), .. tap.Schema.Fields] : tap.Schema.Fields, [.. ListOf(_rows, name)]);
        }
        var view = plan.Views.First(v => v.Name == name).Description;
        var columns = view.Entity.Concat(view.Features.Select(f => new Field(f.Name, f.Type)));
        return new PreviewStep(name, PreviewKind.View, [.. columns], [.. ListOf(_keys, name).Select(key => Read(view, key, features))]);
    }

    /// <summary>Whether rows are changes, of which it is shown what they do.</summary>
    private bool IsChangelog(SinkPlan tap) => plan.Source(tap.Source).Definition.Changelog is not null;

    private static FeatureValue[] Read(ViewDescription view, byte[] key, IFeatureReader features)
    {
        var row = new FeatureRow();
        features.Read(view, key, null, row);
        return [.. KeyCodec.Read(key, view.Entity), .. row.Values];
    }

    private static List<T> ListOf<T>(Dictionary<string, List<T>> lists, string name)
    {
        if (!lists.TryGetValue(name, out var list)) lists.Add(name, list = []);
        return list;
    }
}
