using System.Buffers;
using System.Text;
using StreamForge.Core;
using StreamForge.Embedded.Sinks;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Testing.Cluster.Sinks;

/// <summary>A writer of a <see cref="SimulatedTable"/>, slow and failing now and then before or after its work.</summary>
internal sealed class SimulatedSink(SimulatedWorld world, FaultSource faults, SimulatedTable table, Schema schema) : ISink
{
    private readonly JsonRowWriter _writer = new(schema);
    private List<SimulatedRow> _rows = [];

    public string Name => table.Name;

    public bool HasUncommitted => false;

    public async ValueTask RecoverAsync(string? pending, bool fresh, CancellationToken cancellation)
    {
        await WorkAsync("recover", cancellation);
        table.Discard(pending);
        _rows.Clear();
    }

    public async ValueTask WriteAsync(ColumnBatch batch, CancellationToken cancellation)
    {
        world.Enter("write rows");
        var lines = new ArrayBufferWriter<byte>();
        for (var row = 0; row < batch.Count; row++)
        {
            lines.ResetWrittenCount();
            _writer.Write(batch, row, 1, lines);
            _rows.Add(new SimulatedRow($"{batch.Origin.Partition.Source}/{(batch.PositionTexts is null ? batch.Origin.Partition.Partition : -1)}/{batch.PositionText(row)}", Encoding.UTF8.GetString(lines.WrittenSpan).TrimEnd()));
        }
        if (world.Chance(0.2)) await WaitAsync(world.Between(10, 5_000), cancellation);
    }

    public async ValueTask<string?> PrepareAsync(PrepareRequest request, CancellationToken cancellation)
    {
        if (_rows.Count == 0) return null;
        await WorkAsync("prepare", cancellation);
        var rows = _rows;
        _rows = [];
        return table.Prepare(rows);
    }

    public async ValueTask CommitAsync(string pending, CancellationToken cancellation)
    {
        await WorkAsync("commit", cancellation);
        table.Commit(pending);
        await WaitAsync(world.Between(10, 5_000), cancellation);
        if (faults.Strikes(faults.Plan.SinkFails, "sink failed after")) throw Unavailable("commit", "failed after it was done");
    }

    private async ValueTask WorkAsync(string what, CancellationToken cancellation)
    {
        world.Enter(what);
        await WaitAsync(world.Between(100, 50_000), cancellation);
        if (faults.Strikes(faults.Plan.SinkFails, "sink failed before")) throw Unavailable(what, "failed before it was done");
    }

    private async Task WaitAsync(long micros, CancellationToken cancellation) => await world.DelayAsync(micros).WaitAsync(cancellation);

    private StreamForgeException Unavailable(string what, string how) => new(ErrorKind.Unavailable, $"{table.Name}: {what} {how}", retryable: true);

    public ValueTask DisposeAsync()
    {
        _writer.Dispose();
        return ValueTask.CompletedTask;
    }
}
