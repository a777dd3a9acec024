using StreamForge.Cluster.Ports;
using StreamForge.Core;

namespace StreamForge.Integration.Tests.Postgres;

public class RestartTests
{
    private const int Keys = 200, Writers = 3;

    /// <summary>Each writer raises its keys' versions one by one, and settles what it does not know by reading; the server is stopped and killed under it.</summary>
    [ServiceFact(PostgresServer.Need)]
    public async Task Writers_go_on_over_a_server_that_is_stopped_and_killed_and_nothing_is_written_twice()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using var trial = await PostgresTrial.StartAsync(server.Address);
        var storage = await trial.OpenAsync();
        using var done = new CancellationTokenSource();
        var failures = 0;
        var progress = Enumerable.Range(0, Writers).Select(_ => new SemaphoreSlim(0)).ToArray();
        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var (me, version) = (Guid.NewGuid(), 0L);
            KeyId[] mine = [.. Enumerable.Range(0, Keys).Select(n => new KeyId(writer % 2, BitConverter.GetBytes(n * Writers + writer)))];
            while (!done.IsCancellationRequested)
            {
                KeyWrite[] writes = [.. mine.Select(id => new KeyWrite(id, version, me, BitConverter.GetBytes(version + 1), version, null, [new Emission($"sink{writer}", BitConverter.GetBytes(version + 1))]))];
                try
                {
                    Assert.DoesNotContain(false, await storage.Keys.WriteAsync(writes, CancellationToken.None));
                    version++;
                }
                catch (StreamForgeException error) when (error.Retryable)
                {
                    Interlocked.Increment(ref failures);
                    version = await SettleAsync(storage, mine, me, version);
                }
                progress[writer].Release();
            }
            return version;
        })).ToArray();

        foreach (var stop in new[] { server.StopAsync, (Func<Task>)server.KillAsync, server.KillAsync })
        {
            await Task.WhenAll(progress.Select(async p => { for (var i = 0; i < 5; i++) await p.WaitAsync(); }));
            await stop();
            await server.StartAsync();
        }
        await Task.WhenAll(progress.Select(async p => { for (var i = 0; i < 5; i++) await p.WaitAsync(); }));
        await done.CancelAsync();
        var versions = await Task.WhenAll(writers);
        Assert.True(failures > 0, "no write met the server's absence");
        for (var writer = 0; writer < Writers; writer++)
        {
            // Each version's emissions are there once for each key, and in order.
            var outbox = await storage.Records.OutboxAsync($"sink{writer}", int.MaxValue, CancellationToken.None);
            var emitted = outbox.Select(e => BitConverter.ToInt64(e.Payload)).ToArray();
            Assert.Equal(Enumerable.Range(1, (int)versions[writer]).SelectMany(v => Enumerable.Repeat((long)v, Keys)), emitted);
        }
    }

    /// <summary>Reads until the server answers; all keys of a transaction have the same version.</summary>
    private static async Task<long> SettleAsync(IPipelineStorage storage, KeyId[] keys, Guid me, long version)
    {
        while (true)
        {
            try
            {
                var stored = await storage.Keys.LoadAsync(keys, CancellationToken.None);
                var now = Assert.Single(stored.Select(s => s?.Version ?? 0).Distinct());
                Assert.True(now == version || (now == version + 1 && stored.All(s => s!.Writer == me)));
                return now;
            }
            catch (StreamForgeException error) when (error.Retryable)
            {
                await Task.Yield();
            }
        }
    }
}
