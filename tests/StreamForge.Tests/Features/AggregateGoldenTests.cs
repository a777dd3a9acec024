using StreamForge.Core;
using StreamForge.Features.Aggregates;
using StreamForge.Testing;

namespace StreamForge.Tests.FeatureTests;

/// <summary>
/// The bytes of every accumulator after the same dozen rows, one taken out again where that can be. A difference means that states kept by an earlier version are read wrongly: raise the aggregate's version before
/// changing the file.
/// </summary>
public sealed class AggregateGoldenTests
{
    private static string Golden => Path.Combine(RepositoryFiles.Root, "tests", "golden", "aggregate-states-v1.txt");

    private static readonly AggregateParameters Parameters = new() { N = 3, K = 2, Q = 0.5, Bounds = [new ExactNumber(-5, 1), new ExactNumber(3, 0)] };

    private static (string Function, DataType Type, bool Retracts)[] Kinds =>
    [
        .. from function in AggregateFactory.Functions
           from type in (DataType[])[DataType.BigInt, DataType.Double, DataType.Decimal(10, 2), DataType.String]
           from retracts in (bool[])[false, true]
           where AggregateFactory.Create(function, type, Parameters, retracts).Aggregate is not null
           select (function, type, retracts),
    ];

    private static Accumulator Build((string Function, DataType Type, bool Retracts) kind, out IAggregate aggregate)
    {
        aggregate = AggregateFactory.Create(kind.Function, kind.Type, Parameters, kind.Retracts).Aggregate!;
        var column = Column.Create(kind.Type, 12);
        for (var i = 0; i < 12; i++)
        {
            // Seven different values.
            var value = i * i % 11 * 5 - 20;
            switch (column)
            {
                case Int64Column integers: integers.Append(value); break;
                case DoubleColumn doubles: doubles.Append(value / 4.0); break;
                case DecimalColumn decimals: decimals.Append(value * 10); break;
                case BytesColumn texts: texts.Append($"text number {value}"); break;
            }
        }
        var accumulator = new Accumulator(aggregate);
        for (var row = 0; row < 12; row++) accumulator.Add(column, row, time: 100 - row % 5, order: row);
        if (kind.Retracts) accumulator.Retract(column, 3, time: 97, order: 3);
        column.Release();
        return accumulator;
    }

    [Fact]
    public void The_stored_bytes_of_an_accumulator_have_not_changed()
    {
        var lines = Kinds.Select(kind =>
        {
            var accumulator = Build(kind, out var aggregate);
            return $"{kind.Function} {kind.Type}{(kind.Retracts ? " over changes" : "")} = {accumulator.Finish()}: {aggregate.StateName} v{aggregate.Version} {Convert.ToHexString(accumulator.Slot)} {Convert.ToHexString(accumulator.Block)}".TrimEnd();
        }).ToArray();
        Assert.Equal(File.ReadAllLines(Golden), lines);
    }
}
