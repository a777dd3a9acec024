using System.Text.Json.Nodes;

namespace StreamForge.Testing.Oracle;

/// <summary>The JSON form of a case's view.</summary>
internal static class OracleViewJson
{
    public static JsonObject Write(OracleView view) => new()
    {
        ["source"] = view.Source.Word(),
        ["windows"] = OracleCaseJson.Array(view.Windows, w => new JsonObject { ["kind"] = w.Kind.Word(), ["size"] = w.Size, ["every"] = w.Every }),
        ["aggregates"] = OracleCaseJson.Array(view.Aggregates, Aggregate),
        ["out_of_orderness"] = view.OutOfOrderness,
        ["allowed_lateness"] = view.AllowedLateness,
        ["resolution"] = view.Resolution,
        ["exact"] = view.Exact,
        ["filter"] = Comparison(view.Filter),
        ["must"] = Comparison(view.Must),
        ["partitions"] = view.Partitions,
    };

    public static OracleView Read(JsonNode view) => new(
        OracleCaseJson.List(view["windows"], ReadWindow),
        OracleCaseJson.List(view["aggregates"], ReadAggregate),
        OracleCaseJson.Long(view["out_of_orderness"]),
        OracleCaseJson.Long(view["allowed_lateness"]),
        (long?)view["resolution"],
        (int)OracleCaseJson.Long(view["partitions"]))
    {
        Source = view["source"] is { } source ? OracleWords.Parse<OracleSource>((string)source!) : OracleSource.Append,
        Exact = (bool?)view["exact"] ?? false,
        Filter = ReadComparison(view["filter"]),
        Must = ReadComparison(view["must"]),
    };

    private static OracleWindow ReadWindow(JsonNode node)
    {
        var kind = OracleWords.Parse<OracleWindowKind>((string)node["kind"]!);
        var size = OracleCaseJson.Long(node["size"]);
        return new(kind, size, kind == OracleWindowKind.Tumbling ? size : (long?)node["every"] ?? 0);
    }

    private static JsonObject Aggregate(OracleAggregate aggregate)
    {
        var node = new JsonObject { ["name"] = aggregate.Name, ["function"] = aggregate.Function.Word(), ["of"] = aggregate.Of };
        if (aggregate.Where is not null)
            node["where"] = Comparison(aggregate.Where.Written ?? throw new InvalidOperationException($"the predicate of {aggregate.Name} is a bare function and cannot be written"));
        switch (aggregate.Function)
        {
            case OracleFunction.Distinct: node["exact_up_to"] = aggregate.ExactUpTo; break;
            case OracleFunction.Quantile: (node["q"], node["relative_error"]) = (aggregate.Q, aggregate.RelativeError); break;
            case OracleFunction.LastN: node["n"] = aggregate.N; break;
            case OracleFunction.TopK: node["k"] = aggregate.N; break;
            case OracleFunction.Histogram: node["bounds"] = OracleCaseJson.Array(aggregate.Bounds, OracleCaseJson.Value); break;
            case OracleFunction.Ratio: (node["numerator"], node["denominator"]) = (Term(aggregate.Numerator), Term(aggregate.Denominator)); break;
        }
        return node;
    }

    private static OracleAggregate ReadAggregate(JsonNode node)
    {
        var usual = new OracleAggregate((string)node["name"]!, OracleWords.Parse<OracleFunction>((string)node["function"]!), (string?)node["of"], ReadComparison(node["where"])?.AsWhere());
        return usual with
        {
            ExactUpTo = (int?)node["exact_up_to"] ?? usual.ExactUpTo,
            Q = (double?)node["q"] ?? usual.Q,
            RelativeError = (double?)node["relative_error"] ?? usual.RelativeError,
            N = (int?)(node["n"] ?? node["k"]) ?? usual.N,
            Bounds = OracleCaseJson.List(node["bounds"], bound => OracleCaseJson.ReadValue(bound)!),
            Numerator = ReadTerm(node["numerator"]),
            Denominator = ReadTerm(node["denominator"]),
        };
    }

    private static JsonObject? Term(OracleTerm? term) => term is null ? null : term.Column is { } column ? new JsonObject { ["column"] = column } : Comparison(term.Condition);

    private static OracleTerm? ReadTerm(JsonNode? node) =>
        node is null ? null : node["operator"] is null ? new OracleTerm((string)node["column"]!) : new OracleTerm(null, ReadComparison(node));

    private static JsonObject? Comparison(OracleComparison? comparison) => comparison is null ? null
        : new JsonObject { ["column"] = comparison.Column, ["operator"] = comparison.Operator, ["value"] = OracleCaseJson.Value(comparison.Value) };

    private static OracleComparison? ReadComparison(JsonNode? node) =>
        node is null ? null : new((string)node["column"]!, (string)node["operator"]!, OracleCaseJson.ReadValue(node["value"])!);
}
