namespace StreamForge.Integration.Tests.Kafka;

/// <summary>A broker that is killed under a running pipeline.</summary>
public sealed class BrokerTests : IDisposable
{
    private readonly Workplace _work = new();

    public void Dispose() => _work.Dispose();

    [ServiceFact(OwnBroker.Need)]
    public async Task A_broker_killed_in_the_middle_and_started_again_loses_and_doubles_nothing()
    {
        await using var broker = await OwnBroker.StartAsync();
        using var topic = await Topic.CreateAsync(partitions: 2, broker.Address);
        _work.Pipeline(topic, rest: "orchestration: {checkpoint_interval: 200ms}");
        using var run = _work.Start("run", "pipeline.yaml", "--port", "0");
        await run.ReadErrorsToAsync("listening on");
        for (var round = 0; round < 3; round++)
        {
            topic.Write(0, Workplace.Values(round * 2000, 1000));
            topic.Write(1, Workplace.Values(round * 2000 + 1000, 1000));
            await Topic.UntilAsync(() => _work.Ids().Length == (round + 1) * 2000);
            if (round == 2) break;
            await broker.KillAsync();
            await run.ReadErrorsToAsync("does not answer");
            await broker.RestartAsync();
        }
        await run.InterruptAsync();
        var end = await run.EndAsync();
        Assert.True(end.Code is 0 or 130, end.Errors);
        Assert.Equal(Enumerable.Range(0, 6000).Select(i => (long)i), _work.Ids());
        Assert.Equal(topic.Ends(2), topic.Committed(2));
    }
}
