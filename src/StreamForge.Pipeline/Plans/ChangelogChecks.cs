using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;
using StreamForge.Sql;

namespace StreamForge.Pipeline.Plans;

/// <summary>
/// Finds what a changelog does not allow. Every image must give the same contribution when it is taken out as when it was put in, so nothing on its way may depend on when it is looked at; and its time must be the row's own
/// where the row's old image comes from the event, which says only when the change happened.
/// </summary>
internal static class ChangelogChecks
{
    private const string ChangeTime = "event_timestamp";

    /// <summary>Columns that are the record's and not the row's, unless they are declared.</summary>
    private static readonly string[] OfTheRecord = ["key", "value", "headers", ChangeTime, "partition", "offset"];

    /// <summary>The declared key's columns must be the row's.</summary>
    public static void Key(SourceDefinition source, Schema schema, ImmutableArray<Fault>.Builder faults)
    {
        if (source.Changelog is not { } changelog) return;
        var columns = source.Schema is { } declared
            ? schema.Fields.Where(f => declared.Any(d => d.Name == f.Name)).ToArray()
            : [.. schema.Fields.Where(f => !OfTheRecord.Contains(f.Name, StringComparer.Ordinal))];
        foreach (var key in changelog.Key)
        {
            if (columns.FirstOrDefault(f => f.Name == key.Value) is not { } field) faults.Add(key.Location.Fault(SqlFaults.Unknown("key column", key.Value, columns.Select(f => f.Name))));
            else if (field.Type.Kind is TypeKind.Array or TypeKind.Map or TypeKind.Row) faults.Add(key.Location.Fault($"the key column {field.Name} is of type {field.Type}; a key needs scalars such as bigint or string"));
        }
    }

    /// <summary>The columns of a source that are the record's, where the old image of a row would have those of the record that replaces it; none with stored images, which keep them.</summary>
    public static IEnumerable<string> RecordColumns(SourceDefinition source, Schema schema) => source.Changelog is not { Before: BeforeImages.Full }
        ? []
        : schema.Fields.Select(static f => f.Name).Where(name => OfTheRecord.Contains(name, StringComparer.Ordinal) && source.Schema?.Any(f => f.Name == name) != true);

    /// <summary>The columns of a transformation that are computed from those.</summary>
    /// <param name="ofRecord">Those of its input.</param>
    public static IEnumerable<string> RecordColumns(TransformationPlan plan, IReadOnlySet<string> ofRecord) => ofRecord.Count == 0
        ? []
        : plan.Query.Output.Fields.Select(static f => f.Name).Where(name => plan.Query.Restrict(new HashSet<string> { name }).ColumnsRead.Any(ofRecord.Contains));

    /// <summary>A transformation and its expectations must give the same for the same row at any time.</summary>
    /// <param name="ofRecord">Columns of its input that are the record's; see <see cref="RecordColumns(SourceDefinition, Schema)"/>.</param>
    /// <param name="ownOfRecord">Columns of its own that are computed from those.</param>
    public static void Transformation(SourceDefinition source, TransformationPlan plan, IReadOnlySet<string> ofRecord, IReadOnlySet<string> ownOfRecord, ImmutableArray<Fault>.Builder faults)
    {
        if (source.Changelog is null) return;
        if (plan.Query.Restrict(new HashSet<string>()).ColumnsRead.FirstOrDefault(ofRecord.Contains) is { } filtered)
            faults.Add(plan.Definition.Sql.Location.Fault($"which rows the transformation {plan.Name} lets through depends on '{filtered}', {OfAnotherRecord(source)}"));
        foreach (var expectation in plan.Expectations.Where(static e => e.Definition.Must))
        {
            if (expectation.Condition.ColumnsRead.FirstOrDefault(ownOfRecord.Contains) is { } expected)
                faults.Add(expectation.Definition.Condition.Location.Fault($"'{expectation.Definition.Condition}' depends on '{expected}', {OfAnotherRecord(source)}"));
        }
        if (!plan.Query.IsDeterministic) faults.Add(plan.Definition.Sql.Location.Fault($"the transformation {plan.Name} is not the same at every reading; {Unsteady(source)}"));
        foreach (var expectation in plan.Expectations.Where(e => !e.Condition.IsDeterministic))
            faults.Add(expectation.Definition.Condition.Location.Fault($"'{expectation.Definition.Condition}' is not the same at every reading; {Unsteady(source)}"));
    }

    /// <summary>What a view reads of a row must be steady, and its time the row's own.</summary>
    /// <param name="schema">The columns of the view's input.</param>
    /// <param name="ofRecord">Those of them that are the record's; see <see cref="RecordColumns(SourceDefinition, Schema)"/>.</param>
    public static void View(SourceDefinition source, ViewDefinition view, Schema schema, IReadOnlySet<string> ofRecord, ImmutableArray<Fault>.Builder faults)
    {
        if (source.Changelog is not { } changelog) return;
        foreach (var entity in view.Entity.Where(e => ofRecord.Contains(e.Name)))
            faults.Add(entity.Location.Fault($"the key of the view {view.Name} depends on '{entity.Name}', {OfAnotherRecord(source)}"));
        if (view.EventTime is { } time && ofRecord.Contains(time.Value))
            faults.Add(time.Location.Fault($"the time of the view {view.Name} depends on '{time}', {OfAnotherRecord(source)}"));
        foreach (var text in view.Aggregates.SelectMany(a => (LocatedText?[])[a.Of, a.Where, a.Numerator, a.Denominator]).OfType<LocatedText>())
        {
            var expression = SqlExpression.Compile(text.Value, schema).Result;
            if (expression?.ColumnsRead.FirstOrDefault(ofRecord.Contains) is { } read) faults.Add(text.Location.Fault($"'{text.Value}' depends on '{read}', {OfAnotherRecord(source)}"));
            if (expression is { IsDeterministic: false }) faults.Add(text.Location.Fault($"'{text.Value}' is not the same at every reading; {Unsteady(source)}"));
        }
        if (changelog.Before == BeforeImages.Full && view.EventTime is null && IsChangeTime(source))
        {
            faults.Add(source.EventTime!.Location.Fault(
                $"the view {view.Name} counts rows at the time of their change, and with 'before: full' nothing says when the old image of a row was counted; name a column of the row as 'event_time', or write before: stored"));
        }
    }

    /// <summary>Whether the source's event time is that of the change, and the old image of a row has the time of the change that replaces it.</summary>
    public static bool CountsAtChangeTime(SourceDefinition source) => source.Changelog is { Before: BeforeImages.Full } && IsChangeTime(source);

    private static bool IsChangeTime(SourceDefinition source) =>
        source.EventTime?.Value == ChangeTime && source.Schema?.Any(f => f.Name == ChangeTime) != true;

    private static string OfAnotherRecord(SourceDefinition source) =>
        $"which is the Kafka record's and not the row's: with 'before: full' the old image of a row of {source.Name} would have that of the record that replaces it, and could not be taken out; write before: stored, which keeps it with the image, or use a column of the row";

    private static string Unsteady(SourceDefinition source) =>
        $"over the changelog {source.Name} a row must count for the same when it is taken out as when it was put in, so NOW, RAND and UUID may not be used";
}
