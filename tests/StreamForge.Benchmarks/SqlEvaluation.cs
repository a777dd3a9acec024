using BenchmarkDotNet.Attributes;
using StreamForge.Cli.Bench;
using StreamForge.Core;
using StreamForge.Sql;

namespace StreamForge.Benchmarks;

/// <summary>The expressions of <c>bench sql</c> over a batch. Times are per row.</summary>
[MemoryDiagnoser]
public class SqlEvaluation
{
    private readonly ColumnBatch _batch = SqlScenario.Batch();
    private readonly EvaluationContext _context = new(TimeProvider.System);
    private readonly RowErrors _errors = new();
    private SqlExpression _expression = null!;

    /// <summary>Which expression.</summary>
    [ParamsSource(nameof(Names))]
    public string Name { get; set; } = "";

    public static IEnumerable<string> Names => SqlScenario.Expressions.Select(e => e.Name);

    [GlobalSetup]
    public void Compile() => _expression = SqlExpression.Compile(SqlScenario.Expressions.Single(e => e.Name == Name).Sql, _batch.Schema).Require();

    [Benchmark(OperationsPerInvoke = SqlScenario.Rows)]
    public void Evaluate() => _expression.Evaluate(_batch, _context, _errors).Release();
}
