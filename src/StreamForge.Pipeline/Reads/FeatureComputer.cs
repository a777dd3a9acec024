using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Features.Reads;
using StreamForge.Pipeline.Plans;
using StreamForge.Sql;

namespace StreamForge.Pipeline.Reads;

/// <summary>
/// Computes all features of a view, stored and derived, from a copy of a key's state. Holds scratch memory: one thread at a time.
/// </summary>
public sealed class FeatureComputer
{
    private readonly WindowReader _windows = new();
    private readonly EvaluationContext _context = new(TimeProvider.System);
    private readonly RowErrors _errors = new();

    /// <summary>Fills values, effective intervals, found and event time of <paramref name="row"/>, whose <see cref="FeatureRow.At"/> is the moment to read and whose <see cref="FeatureRow.NewestEvent"/> is the view's.</summary>
    /// <param name="view">The view.</param>
    /// <param name="state">The key's state; empty when the key is unknown.</param>
    /// <param name="row">The answer.</param>
    public void Compute(ViewPlan view, Span<byte> state, FeatureRow row)
    {
        var layout = view.Layout;
        var features = view.Description.Features;
        if (row.Values.Length != features.Length) row.Values = new FeatureValue[features.Length];
        if (row.Effective.Length != layout.Windows.Length) row.Effective = new (long, long)[layout.Windows.Length];
        row.EventTime = state.Length > 0 ? new KeyState(state, layout).Newest : EventTime.MinValue;
        row.Found = state.Length > 0 && new KeyState(state, layout).Oldest < row.At;
        var tooOld = row.Found && view.Definition.Ttl is { } ttl && row.EventTime < EventTime.SaturatingSubtract(row.At, ttl);
        if (!row.Found || tooOld)
        {
            var status = row.Found ? FeatureStatus.OutsideMaxAge : FeatureStatus.NotFound;
            for (var i = 0; i < features.Length; i++) row.Values[i] = FeatureValue.Missing(features[i].Type, status);
            for (var w = 0; w < layout.Windows.Length; w++) row.Effective[w] = WindowReader.Interval(layout.Windows[w], row.At, row.NewestEvent);
            return;
        }
        try
        {
            _windows.Read(layout, state, row.At, row.NewestEvent, row.Values, row.Effective);
        }
        catch (StreamForgeException error)
        {
            throw new StreamForgeException(error.Kind, $"{view.Name}: {error.Message}", error.Retryable, error);
        }
        if (view.Derived.Length > 0) Derive(view, row);
    }

    private void Derive(ViewPlan view, FeatureRow row)
    {
        var columns = new Column[view.Stored.Count];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = Column.Create(view.Stored[i].Type, 1);
            row.Values[i].AppendTo(columns[i]);
        }
        var batch = new ColumnBatch(view.Stored, columns, new RowHeaders(1), Origin);
        for (var i = 0; i < view.Derived.Length; i++)
        {
            // A derived feature that fails (a division by zero) has no value.
            _errors.Clear();
            var result = view.Derived[i].Evaluate(batch, _context, _errors);
            row.Values[columns.Length + i] = _errors.Any ? FeatureValue.Missing(view.Derived[i].Type, FeatureStatus.NullValue) : FeatureValue.From(result, 0);
            result.Release();
        }
        batch.Release();
    }

    private static readonly BatchOrigin Origin = new(new PartitionId("features", 0), "");
}
