using StreamForge.Core;

namespace StreamForge.Connectors.Clickstream;

/// <summary>What a clickstream is made of. Equal options give equal bytes, on any machine.</summary>
/// <param name="Users">How many users there are, from <c>u-1</c>, the busiest; the n-th comes 1/n as often.</param>
/// <param name="Products">How many products there are, likewise.</param>
/// <param name="Seed">Another seed, another stream.</param>
/// <param name="Late">Share of events, 0 to 1, that come after their time.</param>
/// <param name="StartMicros">The event time that the stream begins at, microseconds.</param>
/// <param name="Rate">Events a second of event time; null is <see cref="NominalRate"/>.</param>
public sealed record ClickstreamOptions(
    int Users = 1000, int Products = 500, long Seed = 1, double Late = 0.02, long StartMicros = ClickstreamOptions.FixedStart, double? Rate = null)
{
    /// <summary>2024-01-01T00:00:00Z.</summary>
    public const long FixedStart = 1_704_067_200_000_000;

    /// <summary>Events a second of event time where no rate is given.</summary>
    public const double NominalRate = 1000;

    /// <summary>Event time from one event to the next, microseconds.</summary>
    public double Interval => EventTime.Second / (Rate ?? NominalRate);

    /// <exception cref="StreamForgeException">An option is out of its range.</exception>
    public ClickstreamOptions Checked()
    {
        Require(Users >= 1, $"users is {Users}; there must be at least one");
        Require(Products >= 1, $"products is {Products}; there must be at least one");
        Require(Late is >= 0 and <= 1, $"late is {Late}; it is a share from 0 to 1");
        Require(Rate is null or (>= 0.001 and <= 1e9), $"rate is {Rate}; it must lie between 0.001 and 1e9 events a second");
        Require(StartMicros is >= EventTime.Earliest + EventTime.Day and <= EventTime.Latest, "the start must lie between the years 1 and 9999");
        return this;
    }

    private static void Require(bool holds, string sentence)
    {
        if (!holds) throw new StreamForgeException(ErrorKind.InvalidArgument, "clickstream: " + sentence);
    }
}
