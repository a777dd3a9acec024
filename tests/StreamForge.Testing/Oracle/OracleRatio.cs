namespace StreamForge.Testing.Oracle;

/// <summary>
/// A ratio of two sums: of a column's values, or of the rows that fulfil a condition; without a lower half, of all rows. Null where the lower half is 0.
/// </summary>
internal static class OracleRatio
{
    public static OracleFeature Compute(string name, OracleAggregate aggregate, List<OracleArrival> rows, List<OracleArrival> gone)
    {
        var (above, below) = (Sum(aggregate.Numerator, rows), Sum(aggregate.Denominator, rows));
        var rounding = Size(aggregate.Denominator, rows, gone) * Math.Pow(2, -50);
        // A sum of doubles that cancels out to nothing, or nearly, may be nothing or nearly nothing in the engine's arithmetic.
        var open = Sum(aggregate.Denominator, rows).Abs().ToDouble() <= rounding && rounding > 0 && rows.Exists(r => IsRounded(aggregate.Denominator, r));
        if (below.Numerator.IsZero) return new(name, OracleStatus.NullValue, null, Open: open);
        var divisor = Math.Abs(below.ToDouble());
        var quotient = above / below;
        var magnitude = Size(aggregate.Numerator, rows, gone) / divisor + quotient.Abs().ToDouble() * Size(aggregate.Denominator, rows, gone) / divisor;
        var value = quotient.ToDouble();
        return double.IsFinite(value)
            ? new(name, OracleStatus.Present, new OracleValue.Real(value), Open: open || !double.IsFinite(magnitude), Magnitude: magnitude)
            : new(name, OracleStatus.NullValue, null, Overflows: true);
    }

    /// <summary>Whether a row is in one of the two sums, with a 0 perhaps; a null is in none.</summary>
    public static bool Counts(OracleAggregate aggregate, OracleEvent e) => Counts(aggregate.Numerator, e) || Counts(aggregate.Denominator, e);

    private static bool Counts(OracleTerm? term, OracleEvent e) => term is null || (term.Column is { } column ? e[column] is not null : term.Condition!.Test(e) is not null);

    private static bool IsRounded(OracleTerm? term, OracleArrival row) => term?.Column is { } column && row.Event[column] is OracleValue.Real;

    private static ExactFraction Sum(OracleTerm? term, List<OracleArrival> rows) => ExactFraction.Sum([.. rows.Select(r => Value(term, r.Event))]);

    private static double Size(OracleTerm? term, List<OracleArrival> rows, List<OracleArrival> gone) =>
        ExactFraction.Sum([.. rows.Concat(gone).Select(r => Value(term, r.Event).Abs())]).ToDouble();

    private static ExactFraction Value(OracleTerm? term, OracleEvent e)
    {
        if (term is null) return new(1, 1);
        if (term.Column is { } column) return e[column] is { } value ? ExactFraction.Of(value) : ExactFraction.Zero;
        return term.Condition!.Test(e) == true ? new(1, 1) : ExactFraction.Zero;
    }
}
