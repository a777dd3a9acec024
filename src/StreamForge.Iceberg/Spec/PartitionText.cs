using System.Collections.Immutable;
using System.Globalization;
using StreamForge.Core;

namespace StreamForge.Iceberg.Spec;

/// <summary>
/// What people write as <c>partition_by</c>: a column's name, <c>year(c)</c>, <c>month(c)</c>, <c>day(c)</c>, <c>hour(c)</c>, <c>bucket(n, c)</c>, <c>truncate(n, c)</c>;
/// <c>date</c> and <c>hour</c> alone are <c>day(_event_time)</c> and <c>hour(_event_time)</c>. Functions are read in any case, columns as they are.
/// </summary>
internal static class PartitionText
{
    private const string EventTimeColumn = "_event_time";

    private static readonly string[] Functions = ["year", "month", "day", "hour", "bucket", "truncate"];

    public static PartitionSpec Parse(IReadOnlyList<string> texts, TableSchema schema, Action<int, string> fault)
    {
        var fields = ImmutableArray.CreateBuilder<PartitionField>(texts.Count);
        for (var i = 0; i < texts.Count; i++)
        {
            if (!TryParse(texts[i].Trim(), schema, out var column, out var transform, out var sentence))
            {
                fault(i, sentence);
                continue;
            }
            if (fields.Any(field => field.SourceId == column.Id && field.Transform == transform))
            {
                fault(i, $"the partition '{texts[i]}' is named twice");
                continue;
            }
            fields.Add(new PartitionField(column.Id, PartitionSpec.FirstFieldId + fields.Count, NameOf(column, transform, schema, fields), transform));
        }
        return new PartitionSpec(0, fields.ToImmutable());
    }

    private static bool TryParse(string text, TableSchema schema, out NestedField column, out Transform transform, out string sentence)
    {
        column = null!;
        transform = new IdentityTransform();
        if (text is "date" or "hour") text = $"{(text == "date" ? "day" : text)}({EventTimeColumn})";
        var open = text.IndexOf('(', StringComparison.Ordinal);
        var name = text;
        if (open >= 0)
        {
            if (!TryFunction(text, open, out transform, out name, out sentence)) return false;
        }
        if (schema.Fields.FirstOrDefault(field => field.Name == name) is not { } found)
        {
            var near = NearestName.Find(name, schema.Fields.Select(field => field.Name));
            sentence = $"unknown column '{name}'{(near is null ? $"; the table's columns are {string.Join(", ", schema.Fields.Select(field => field.Name))}" : $"; did you mean '{near}'?")}";
            return false;
        }
        column = found;
        sentence = "";
        if (found.Type is PrimitiveType type && transform.CanApplyTo(type)) return true;
        sentence = $"the table cannot be partitioned by '{text}': {name} is {found.Type}, and {Needs(transform)}";
        return false;
    }

    private static bool TryFunction(string text, int open, out Transform transform, out string column, out string sentence)
    {
        transform = new IdentityTransform();
        var function = text[..open].Trim().ToLowerInvariant();
        column = "";
        if (!text.EndsWith(')'))
        {
            sentence = $"'{text}' lacks its closing parenthesis";
            return false;
        }
        var inside = text[(open + 1)..^1].Trim();
        if (!Functions.Contains(function))
        {
            var near = NearestName.Find(function, Functions);
            sentence = $"unknown partition function '{function}'; {(near is null ? $"there are {string.Join(", ", Functions)}" : $"did you mean '{near}'?")}";
            return false;
        }
        sentence = "";
        if (function is not ("bucket" or "truncate"))
        {
            column = inside;
            transform = Transform.Parse(function);
            return true;
        }
        var comma = inside.IndexOf(',', StringComparison.Ordinal);
        if (comma < 0 || !int.TryParse(inside.AsSpan(0, comma).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1)
        {
            sentence = $"'{text}' needs a whole number from 1 on and a column, such as {function}(16, user_id)";
            return false;
        }
        column = inside[(comma + 1)..].Trim();
        transform = function == "bucket" ? new BucketTransform(number) : new TruncateTransform(number);
        return true;
    }

    private static string Needs(Transform transform) => transform switch
    {
        TimeTransform { Unit: TimeUnit.Hour } => "hour needs a timestamp",
        TimeTransform => $"{transform} needs a date or a timestamp",
        BucketTransform => "bucket needs int, bigint, decimal, string, bytes, date or a timestamp",
        TruncateTransform => "truncate needs int, bigint, decimal, string or bytes",
        _ => "a column by its values needs a type other than array, map and row",
    };

    /// <summary>The names that other writers give: the column's own, or <c>_year</c>, <c>_bucket</c>, <c>_trunc</c> after it; with a number where that name is taken.</summary>
    private static string NameOf(NestedField column, Transform transform, TableSchema schema, IEnumerable<PartitionField> others)
    {
        if (transform is IdentityTransform) return column.Name;
        var name = column.Name + transform switch
        {
            BucketTransform => "_bucket",
            TruncateTransform => "_trunc",
            _ => "_" + transform,
        };
        var unique = name;
        for (var i = 2; schema.Find(unique) is not null || others.Any(other => other.Name == unique); i++) unique = $"{name}_{i}";
        return unique;
    }
}
