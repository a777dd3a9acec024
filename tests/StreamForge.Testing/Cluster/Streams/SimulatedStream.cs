using StreamForge.Cluster.Partitions;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Testing.Cluster.Streams;

/// <summary>
/// Delivers one partition's polls, cut at random, to whoever owns it, and each again until it is taken. Now and then it delivers what it has delivered before, or passes something over, as a queue
/// adapter does after a failure: that is not its owner's to take.
/// </summary>
/// <param name="deliver">Delivers to the owner; fails when nobody knows what became of it.</param>
public sealed class SimulatedStream(SimulatedWorld world, FaultSource faults, SimulatedTopic topic, Func<PollBatch, Task<BatchAnswer>> deliver)
{
    private const int LongestPoll = 40;

    private long _position = topic.Start;
    private long _rewinds;

    /// <summary>The topic that it reads.</summary>
    public SimulatedTopic Topic => topic;

    /// <summary>The last position that was told to be durable; -1 before the first.</summary>
    public long Acknowledged { get; private set; } = -1;

    /// <summary>Begins to deliver; never ends.</summary>
    public void Start() => _ = world.Kernel.RunAsync(async () =>
    {
        while (true) await PollAsync();
    });

    private async Task PollAsync()
    {
        await world.DelayAsync(world.Between(1_000, 300_000));
        var (position, rewinds) = (_position, _rewinds);
        var isAstray = true;
        if (faults.Strikes(faults.Plan.StreamErrs, "poll repeated")) position = Somewhere(topic.Start, position);
        else if (faults.Strikes(faults.Plan.StreamErrs / 2, "records passed over")) position = Somewhere(position, topic.End);
        else isAstray = false;
        var batch = topic.Poll(position, world.Now, 1 + world.Choose(LongestPoll));
        if (batch is null)
        {
            var visible = topic.Visible(world.Now);
            if (visible < topic.Records.Count) await world.DelayAsync(topic.Records[visible].At - world.Now);
            else await world.DelayAsync(500_000);
            return;
        }
        try
        {
            world.Tell($"partition {topic.Partition}: delivers {batch.From} to {batch.Next}{(isAstray ? ", astray" : "")}");
            var answer = await deliver(batch);
            world.Tell($"partition {topic.Partition}: {batch.From} to {batch.Next} {answer}");
            if (rewinds != _rewinds) return;
            // What was refused is asked for again; until then what follows may be on its way, or the same.
            if (answer == BatchAnswer.Refused) await world.DelayAsync(world.Between(10_000, 500_000));
            if (rewinds == _rewinds && world.Chance(answer == BatchAnswer.Refused ? 0.3 : 1)) _position = batch.Next;
        }
        catch (StreamForgeException error)
        {
            world.Tell($"partition {topic.Partition}: {batch.From} to {batch.Next} was not taken: {error.Message}");
            await world.DelayAsync(world.Between(10_000, 2_000_000));
        }
    }

    private long Somewhere(long from, long to) => from >= to ? from : world.Random.NextInt64(from, to + 1);

    internal void Rewind(long position)
    {
        _position = position < 0 ? topic.Start : position;
        _rewinds++;
        world.Tell($"partition {topic.Partition}: rewound to {_position}");
    }

    internal void Acknowledge(long durable)
    {
        Acknowledged = Math.Max(Acknowledged, durable);
    }
}
