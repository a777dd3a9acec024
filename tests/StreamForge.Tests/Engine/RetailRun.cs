using System.Globalization;
using StreamForge.Embedded;
using StreamForge.Testing;
using StreamForge.Testing.Retail;

namespace StreamForge.Tests.Engine;

/// <summary>Online Retail through the example's own pipeline file, once as it comes and once shuffled, beside the plain computation. Shared by the tests that look at it.</summary>
public sealed class RetailRun : IAsyncLifetime, IDisposable
{
    private const int Seed = 20101201;
    private const long Day = 86_400_000_000;

    private readonly PipelineFolder _sorted = new(Example(), "retail");
    private readonly PipelineFolder _shuffled = new(Shuffling(Example()), "retail");
    private RetailTruth? _truth;

    public RetailTruth Truth => _truth!;

    internal PipelineFolder Sorted => _sorted;

    internal PipelineFolder Shuffled => _shuffled;

    internal EngineStatus SortedStatus { get; private set; } = null!;

    internal EngineStatus ShuffledStatus { get; private set; } = null!;

    /// <summary>The furthest that an event of the shuffled copy stands behind a newer one, microseconds.</summary>
    public long FurthestBehind { get; private set; }

    public async Task InitializeAsync()
    {
        var lines = RetailCsv.Read(RepositoryFiles.OnlineRetail).ToArray();
        _truth = new RetailTruth(lines);
        File.CreateSymbolicLink(_sorted["online_retail.csv.gz"], RepositoryFiles.OnlineRetail);
        SortedStatus = await _sorted.RunAsync();
        WriteShuffled(lines);
        ShuffledStatus = await _shuffled.RunAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _sorted.Dispose();
        _shuffled.Dispose();
    }

    private static string Example() => File.ReadAllText(Path.Combine(RepositoryFiles.Root, "examples", "retail", "pipeline.yaml"));

    private static string Shuffling(string pipeline)
    {
        var changed = pipeline
            .Replace("path: online_retail.csv.gz", "path: shuffled.csv", StringComparison.Ordinal)
            .Replace("allowed_lateness: 1h", "allowed_lateness: 30d", StringComparison.Ordinal);
        Assert.Contains("path: shuffled.csv", changed, StringComparison.Ordinal);
        Assert.Contains("allowed_lateness: 30d", changed, StringComparison.Ordinal);
        return changed;
    }

    /// <summary>
    /// Every line comes up to four weeks later than it happened. What one customer did in one minute stays in its order, since position decides which of these is first.
    /// </summary>
    private void WriteShuffled(RetailLine[] lines)
    {
        var random = new Random(Seed);
        var delays = new Dictionary<(long?, long), long>();
        var arrivals = lines.Select(line =>
        {
            var moment = (line.CustomerId, line.InvoiceDate);
            if (!delays.TryGetValue(moment, out var delay)) delays[moment] = delay = random.NextInt64(28 * Day);
            return line.InvoiceDate + delay;
        }).ToArray();
        var order = Enumerable.Range(0, lines.Length).OrderBy(i => arrivals[i]).ToArray();
        using var file = new StreamWriter(_shuffled["shuffled.csv"]);
        file.Write("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n");
        var newest = long.MinValue;
        foreach (var line in order.Select(i => lines[i]))
        {
            newest = Math.Max(newest, line.InvoiceDate);
            FurthestBehind = Math.Max(FurthestBehind, newest - line.InvoiceDate);
            var date = DateTime.UnixEpoch.AddMicroseconds(line.InvoiceDate).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
            var customer = line.CustomerId is { } id ? string.Create(CultureInfo.InvariantCulture, $"{id}.0") : "";
            file.Write(string.Create(CultureInfo.InvariantCulture, $"{line.InvoiceNo},{line.StockCode},\"{line.Description.Replace("\"", "\"\"", StringComparison.Ordinal)}\",{line.Quantity},{date},{line.UnitPrice},{customer},{line.Country}\n"));
        }
    }
}
