using System.Globalization;

namespace StreamForge.Pipeline.Plans;

/// <summary>How a table's partitions come from one of its columns; the functions are those of the Iceberg specification, section "Partition Transforms".</summary>
public enum PartitionFunction : byte
{
    /// <summary>The value itself.</summary>
    Identity,

    /// <summary>Years since 1970.</summary>
    Year,

    /// <summary>Months since 1970-01.</summary>
    Month,

    /// <summary>Days since 1970-01-01.</summary>
    Day,

    /// <summary>Hours since 1970-01-01T00.</summary>
    Hour,

    /// <summary>A hash modulo the parameter.</summary>
    Bucket,

    /// <summary>The value cut down to a multiple of the parameter, or to as many characters.</summary>
    Truncate,
}

/// <summary>One item of <c>partition_by</c>, bound to a column.</summary>
/// <param name="Column">A column of the sink, or one of those that every table has besides.</param>
/// <param name="Parameter">Of bucket and truncate, at least 1; else 0.</param>
public sealed record PartitionTerm(PartitionFunction Function, string Column, int Parameter)
{
    /// <summary>The name of the partition's field, as other writers of Iceberg choose it: <c>InvoiceDate_day</c>, <c>user_id_bucket</c>.</summary>
    public string Name => Function switch
    {
        PartitionFunction.Identity => Column,
        PartitionFunction.Truncate => Column + "_trunc",
        var function => $"{Column}_{function.ToString().ToLowerInvariant()}",
    };

    /// <summary>As pipeline files write it: <c>day(InvoiceDate)</c>, <c>bucket(16, user_id)</c>.</summary>
    public override string ToString() => Function switch
    {
        PartitionFunction.Identity => Column,
        PartitionFunction.Bucket or PartitionFunction.Truncate => string.Create(CultureInfo.InvariantCulture, $"{Function.ToString().ToLowerInvariant()}({Parameter}, {Column})"),
        var function => $"{function.ToString().ToLowerInvariant()}({Column})",
    };
}
