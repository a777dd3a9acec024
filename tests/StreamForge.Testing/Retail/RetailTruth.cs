namespace StreamForge.Testing.Retail;

/// <summary>What the lines of one customer in one window come to. Amounts are Quantity × UnitPrice, exact; null where there is no line.</summary>
/// <param name="First">The amount of the earliest line; of several in the same minute the one that stands first in the file.</param>
/// <param name="Last">The amount of the latest line; of several in the same minute the one that stands last in the file.</param>
/// <param name="DistinctProducts">How many different StockCodes.</param>
public sealed record RetailFeatures(
    long Count, decimal? Sum, decimal? Min, decimal? Max, double? Average, decimal? First, decimal? Last,
    string? FirstProduct, string? LastProduct, long DistinctProducts, long DistinctInvoices, long Cancellations);

/// <summary>
/// Online Retail computed plainly, as a reader of the file would with a spreadsheet: every customer at the end of the data, over sliding windows of 1 h, 1 d and 30 d
/// and over everything. The windows begin at a whole tile: 1 min, 15 min and 6 h (W/60 rounded down to the lengths that tiles have).
/// </summary>
public sealed class RetailTruth
{
    private const long Minute = 60_000_000;

    private static readonly Dictionary<string, (long Size, long Tile)> Windows = new(StringComparer.Ordinal)
    {
        ["1h"] = (60 * Minute, Minute),
        ["1d"] = (1440 * Minute, 15 * Minute),
        ["30d"] = (43_200 * Minute, 360 * Minute),
    };

    private readonly Dictionary<long, List<RetailLine>> _customers = [];

    /// <param name="lines">All lines, in the file's order.</param>
    public RetailTruth(IEnumerable<RetailLine> lines)
    {
        foreach (var line in lines)
        {
            Lines++;
            Total += line.Amount;
            if (line.IsCancellation) Cancellations++;
            if (line.CustomerId is not { } customer) continue;
            CustomerLines++;
            Now = Math.Max(Now, line.InvoiceDate + 1);
            if (!_customers.TryGetValue(customer, out var list)) _customers[customer] = list = [];
            list.Add(line);
        }
    }

    public static RetailTruth Load(string path) => new(RetailCsv.Read(path));

    public static IReadOnlyList<string> WindowNames { get; } = ["1h", "1d", "30d", "lifetime"];

    public long Lines { get; }

    /// <summary>Lines that name a customer.</summary>
    public long CustomerLines { get; }

    public long Cancellations { get; }

    /// <summary>The sum of Quantity × UnitPrice over all lines.</summary>
    public decimal Total { get; }

    /// <summary>One microsecond after the newest line that names a customer.</summary>
    public long Now { get; }

    public IReadOnlyCollection<long> Customers => _customers.Keys;

    /// <summary>A customer's lines, in the file's order.</summary>
    public IReadOnlyList<RetailLine> LinesOf(long customer) => _customers.GetValueOrDefault(customer, []);

    /// <summary>A customer's features at the end of the data.</summary>
    /// <param name="window">One of <see cref="WindowNames"/>.</param>
    public RetailFeatures Read(long customer, string window)
    {
        var from = window == "lifetime" ? long.MinValue : Start(Windows[window].Size, Windows[window].Tile);
        var lines = LinesOf(customer).Where(l => l.InvoiceDate >= from).ToList();
        if (lines.Count == 0) return new(0, null, null, null, null, null, null, null, null, 0, 0, 0);
        var first = lines.MinBy(l => l.InvoiceDate)!;
        var newest = lines.Max(l => l.InvoiceDate);
        var last = lines.Last(l => l.InvoiceDate == newest);
        var sum = lines.Sum(l => l.Amount);
        return new(
            lines.Count, sum, lines.Min(l => l.Amount), lines.Max(l => l.Amount), (double)(sum / lines.Count), first.Amount, last.Amount,
            first.StockCode, last.StockCode, lines.Select(l => l.StockCode).Distinct().Count(), lines.Select(l => l.InvoiceNo).Distinct().Count(),
            lines.Count(l => l.IsCancellation));
    }

    private long Start(long size, long tile) => (Now - size) / tile * tile;
}
