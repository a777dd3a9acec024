using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Features.Multisets;

/// <summary>
/// quantile by a DDSketch (<see cref="SketchCodec"/>): the value of rank floor(q (n - 1)) counted from 0, as a double, within the relative error. -0 is 0, and NaN stands above every number.
/// </summary>
/// <param name="q">0 to 1.</param>
public sealed class Quantile(double q, double relativeError)
    : MultisetAggregate<Int64Key, SketchCodec>(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"ddsketch({relativeError:R})"), new SketchCodec(relativeError))
{
    public override DataType ResultType => DataType.Double;

    public override FeatureError? Error { get; } = new(relativeError, "of the quantile's own value");

    protected override IReadInPart With((int Least, int Greatest) ends) => this;

    protected override FeatureValue Result(in MultisetState state, MultisetView<Int64Key> values)
    {
        var count = 0L;
        for (var walk = values.Ascending; walk.MoveNext();) count += walk.Current.Count;
        var rank = (long)Math.Floor(q * (count - 1));
        var at = values.Ascending;
        while (at.MoveNext() && rank >= at.Current.Count) rank -= at.Current.Count;
        return Codec.ValueOf(DataType.Double, at.Current.Key, default);
    }
}
