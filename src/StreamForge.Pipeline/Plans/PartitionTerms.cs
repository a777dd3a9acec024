using System.Collections.Immutable;
using System.Globalization;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Pipeline.Plans;

/// <summary>Reads and checks <c>partition_by</c>: a column, or <c>year</c>, <c>month</c>, <c>day</c>, <c>hour</c>, <c>bucket(n, c)</c>, <c>truncate(n, c)</c>; <c>date</c> and <c>hour</c> alone, where no column has that name, mean the event time's.</summary>
internal static class PartitionTerms
{
    private static readonly Dictionary<string, PartitionFunction> Functions = new(StringComparer.OrdinalIgnoreCase)
    {
        ["year"] = PartitionFunction.Year,
        ["month"] = PartitionFunction.Month,
        ["day"] = PartitionFunction.Day,
        ["hour"] = PartitionFunction.Hour,
        ["bucket"] = PartitionFunction.Bucket,
        ["truncate"] = PartitionFunction.Truncate,
    };

    /// <summary>The terms that are right, in order; the others are faults.</summary>
    /// <param name="columns">The table's columns.</param>
    public static ImmutableArray<PartitionTerm> Bind(ImmutableArray<LocatedText> items, Schema columns, ImmutableArray<Fault>.Builder faults)
    {
        var terms = ImmutableArray.CreateBuilder<PartitionTerm>();
        foreach (var item in items)
        {
            if (Parse(item, columns, faults) is not { } term || !Fits(item, term, columns, faults)) continue;
            if (terms.Any(t => t.Name == term.Name)) faults.Add(item.Location.Fault($"the table is partitioned by {term.Column} like this already; remove {term}"));
            else if (term.Function != PartitionFunction.Identity && columns.Contains(term.Name))
                faults.Add(item.Location.Fault($"the partitions of {term} would have the name {term.Name} of a column; give that column another one"));
            else terms.Add(term);
        }
        return terms.ToImmutable();
    }

    private static PartitionTerm? Parse(LocatedText item, Schema columns, ImmutableArray<Fault>.Builder faults)
    {
        var text = item.Value.Trim();
        if (columns.Contains(text)) return new PartitionTerm(PartitionFunction.Identity, text, 0);
        var open = text.IndexOf('(', StringComparison.Ordinal);
        if (open < 0)
        {
            if (text is "date") return new PartitionTerm(PartitionFunction.Day, TableColumns.EventTime, 0);
            if (text is "hour") return new PartitionTerm(PartitionFunction.Hour, TableColumns.EventTime, 0);
            return Fault(Functions.ContainsKey(text) ? $"'{text}' needs a column, such as {Example(text, columns)}" : SqlFaults.Unknown("column", text, columns));
        }
        var name = text[..open].TrimEnd();
        if (!Functions.TryGetValue(name, out var function)) return Fault($"unknown partition transform {DefinitionText.Quote(name)}{DefinitionText.Suggest(name, Functions.Keys)}");
        if (!text.EndsWith(')')) return Fault($"{DefinitionText.Quote(text)} lacks its closing parenthesis; write {Example(name, columns)}");
        var inner = text[(open + 1)..^1];
        var column = inner.Trim();
        var parameter = 0;
        if (function is PartitionFunction.Bucket or PartitionFunction.Truncate)
        {
            var comma = inner.IndexOf(',', StringComparison.Ordinal);
            var number = comma < 0 ? "" : inner[..comma].Trim();
            if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out parameter) || parameter == 0)
                return Fault($"'{name}' takes a whole number from 1 on and a column, such as {Example(name, columns)}");
            column = inner[(comma + 1)..].Trim();
        }
        return columns.Contains(column) ? new PartitionTerm(function, column, parameter) : Fault(SqlFaults.Unknown("column", column, columns));

        PartitionTerm? Fault(string sentence)
        {
            faults.Add(item.Location.Fault(sentence));
            return null;
        }
    }

    private static string Example(string function, Schema columns)
    {
        var column = columns.Fields.FirstOrDefault(f => Takes(Functions[function], f.Type.Kind))?.Name ?? TableColumns.EventTime;
        return new PartitionTerm(Functions[function], column, 16).ToString();
    }

    private static bool Fits(LocatedText item, PartitionTerm term, Schema columns, ImmutableArray<Fault>.Builder faults)
    {
        var type = columns.Find(term.Column)!.Type;
        if (Takes(term.Function, type.Kind)) return true;
        var wanted = term.Function switch
        {
            PartitionFunction.Hour => "a timestamp",
            PartitionFunction.Year or PartitionFunction.Month or PartitionFunction.Day => "a date or a timestamp",
            PartitionFunction.Truncate => "an integer, a decimal, a string or bytes",
            PartitionFunction.Bucket => "an integer, a decimal, a date, a timestamp, a string or bytes",
            _ => null,
        };
        faults.Add(item.Location.Fault(wanted is null ? $"a table is not partitioned by the values of a {type}, which {term.Column} is; compute a column of fewer values, such as FLOOR({term.Column})" : $"{term.Function.ToString().ToLowerInvariant()} takes {wanted}, but {term.Column} is a {type}"));
        return false;
    }

    private static bool Takes(PartitionFunction function, TypeKind type) => function switch
    {
        PartitionFunction.Identity => type != TypeKind.Double,
        PartitionFunction.Hour => type is TypeKind.Timestamp or TypeKind.TimestampTz,
        PartitionFunction.Year or PartitionFunction.Month or PartitionFunction.Day => type is TypeKind.Date or TypeKind.Timestamp or TypeKind.TimestampTz,
        PartitionFunction.Truncate => type is TypeKind.Int or TypeKind.BigInt or TypeKind.Decimal or TypeKind.String or TypeKind.Bytes,
        _ => type is not (TypeKind.Boolean or TypeKind.Double),
    };
}
