namespace StreamForge.Connectors.Clickstream;

/// <summary>What a product or a user is and stays: functions of the seed and its number.</summary>
internal sealed class Traits(long seed)
{
    private const ulong ProductSalt = 0x70726F6475637473;
    private const ulong UserSalt = 0x7573657273757365;

    // Prices in cents run from the first to the second number; most are near the first.
    private static readonly (byte[] Name, int Least, int Span)[] Categories =
    [
        ("electronics"u8.ToArray(), 1_900, 180_000),
        ("fashion"u8.ToArray(), 900, 24_000),
        ("home"u8.ToArray(), 700, 60_000),
        ("beauty"u8.ToArray(), 300, 9_000),
        ("sports"u8.ToArray(), 800, 45_000),
        ("toys"u8.ToArray(), 400, 12_000),
        ("books"u8.ToArray(), 500, 5_000),
        ("grocery"u8.ToArray(), 100, 3_000),
    ];

    private static readonly byte[][] Devices = Shares(("mobile", 58), ("desktop", 36), ("tablet", 6));

    private static readonly byte[][] Countries = Shares(
        ("US", 30), ("DE", 12), ("GB", 11), ("FR", 9), ("IN", 8), ("BR", 7), ("JP", 6), ("ES", 5), ("IT", 4), ("NL", 3), ("PL", 3), ("SE", 2));

    /// <summary>A product's category and price in cents.</summary>
    public (byte[] Category, int Cents) Product(int product)
    {
        var hash = Hash(ProductSalt, product);
        var (name, least, span) = Categories[hash & 7];
        var unit = (hash >> 8) & 0xFFFF;
        var units = (least + (long)((unit * unit >> 16) * (ulong)span >> 16)) / 100;
        var ending = ((hash >> 32) & 3) switch
        {
            0 or 1 => 99,
            2 => 49,
            _ => 0,
        };
        return (name, (int)units * 100 + ending);
    }

    public byte[] Device(int user) => Devices[(int)(Hash(UserSalt, user) % 100)];

    public byte[] Country(int user) => Countries[(int)((Hash(UserSalt, user) >> 20) % 100)];

    private ulong Hash(ulong salt, int number) => SplitMix64.Mix((ulong)seed * 0x9E3779B97F4A7C15 + salt + (ulong)number * 0xD1B54A32D192ED03);

    /// <summary>A hundred entries, each name as often as its per cent.</summary>
    private static byte[][] Shares(params ReadOnlySpan<(string Name, int PerCent)> shares)
    {
        var result = new List<byte[]>(100);
        foreach (var (name, perCent) in shares) result.AddRange(Enumerable.Repeat(System.Text.Encoding.UTF8.GetBytes(name), perCent));
        return [.. result];
    }
}
