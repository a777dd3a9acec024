using System.Buffers;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;

namespace StreamForge.Cli.Bench;

/// <summary>Reading a file of clickstream lines and decoding what a pipeline needs of them, and nothing more: on one thread, in two ways.</summary>
internal static class BareDecoding
{
    private const int BlockBytes = 1 << 20;

    /// <param name="KeyBytes">Of all keys: proof that they were read.</param>
    /// <param name="PriceSum">Of all prices, likewise.</param>
    /// <param name="NewestTime">Microseconds, likewise.</param>
    public sealed record Result(long Rows, long KeyBytes, double PriceSum, long NewestTime)
    {
        public double Seconds { get; init; }

        public double CpuSeconds { get; init; }

        public double PerSecond => Rows / Seconds;

        public double CpuSecondsPerMillion => CpuSeconds / Rows * 1e6;

        public Result Took(ProcessUsage before)
        {
            var (seconds, cpu, _) = before.Since();
            return this with { Seconds = seconds, CpuSeconds = cpu };
        }
    }

    /// <summary>With the project's own source and decoder, batch by batch, as the engine reads.</summary>
    public static async Task<Result> WithSourceAsync(LoadedPipeline pipeline, CancellationToken cancellation)
    {
        var source = pipeline.Sources[0];
        var plan = pipeline.Plan.Sources[0];
        var request = new ReadRequest(plan.Columns, pipeline.Plan.Definition.Orchestration.MaxRecords, Bounded: true);
        var before = ProcessUsage.Now();
        await using var reader = source.Open(source.Partitions[0], PartitionCursor.Start, request);
        var total = new Result(0, 0, 0, EventTime.MinValue);
        while (await reader.ReadAsync(cancellation) is { State: not ReadState.Finished } read)
        {
            using var batch = read.Batch;
            if (batch is not null) total = Add(total, batch.Batch);
        }
        return total.Took(before);
    }

    /// <summary>A few vector passes over the batch, which cost next to nothing beside decoding it.</summary>
    private static Result Add(Result total, ColumnBatch batch)
    {
        var prices = (DoubleColumn)batch["price"];
        var sum = 0.0;
        for (var row = 0; row < batch.Count; row++) sum += prices.IsNull(row) ? 0 : prices[row];
        return new Result(
            total.Rows + batch.Count, total.KeyBytes + ((BytesColumn)batch["user_id"]).Data.Length, total.PriceSum + sum,
            Math.Max(total.NewestTime, ((Int64Column)batch["event_time"])[batch.Count - 1]));
    }

    /// <summary>With the platform's JSON reader in a plain loop: find the line's end, look at each name, take three values.</summary>
    public static Result WithUtf8JsonReader(string path, CancellationToken cancellation)
    {
        var before = ProcessUsage.Now();
        var totals = default(Totals);
        var buffer = ArrayPool<byte>.Shared.Rent(BlockBytes);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0))
        {
            for (var kept = 0; ;)
            {
                cancellation.ThrowIfCancellationRequested();
                var read = file.Read(buffer, kept, buffer.Length - kept);
                if (read == 0) break;
                var there = buffer.AsSpan(0, kept + read);
                var used = totals.AddLines(there);
                kept = there.Length - used;
                there[used..].CopyTo(buffer);
            }
        }
        ArrayPool<byte>.Shared.Return(buffer);
        return new Result(totals.Rows, totals.KeyBytes, totals.PriceSum, totals.NewestTime).Took(before);
    }

    private struct Totals
    {
        public long Rows;
        public long KeyBytes;
        public double PriceSum;
        public long NewestTime;

        /// <summary>Returns how many bytes the whole lines are.</summary>
        public int AddLines(ReadOnlySpan<byte> lines)
        {
            var used = 0;
            while (lines[used..].IndexOf((byte)'\n') is >= 0 and var length)
            {
                AddLine(lines.Slice(used, length));
                used += length + 1;
            }
            return used;
        }

        private void AddLine(ReadOnlySpan<byte> line)
        {
            var json = new Utf8JsonReader(line);
            json.Read();
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("user_id"u8))
                {
                    json.Read();
                    KeyBytes += json.ValueSpan.Length;
                }
                else if (json.ValueTextEquals("price"u8))
                {
                    json.Read();
                    PriceSum += json.GetDouble();
                }
                else if (json.ValueTextEquals("event_time"u8))
                {
                    json.Read();
                    NewestTime = Math.Max(NewestTime, (json.GetDateTimeOffset().UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);
                }
                else
                {
                    json.Skip();
                }
            }
            Rows++;
        }
    }
}
