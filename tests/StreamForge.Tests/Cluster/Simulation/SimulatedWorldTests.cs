using System.Globalization;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Tests.Cluster.Simulation;

/// <summary>The world itself: that it repeats, that nothing waits for real, and that nobody leaves it unseen.</summary>
public class SimulatedWorldTests
{
    private const long Hour = 3_600_000_000;

    [Fact]
    public void The_same_seed_gives_the_same_run_and_another_seed_another()
    {
        Assert.Equal(Babble(7).Digest, Babble(7).Digest);
        Assert.Equal(Babble(7).Trace, Babble(7).Trace);
        Assert.NotEqual(Babble(7).Trace, Babble(8).Trace);
    }

    /// <summary>Three actors that count with pauses.</summary>
    private static SimulatedWorld Babble(int seed)
    {
        var world = new SimulatedWorld(seed, traced: true);
        for (var a = 0; a < 3; a++)
        {
            var actor = new SimulatedActor(world, $"actor {a.ToString(CultureInfo.InvariantCulture)}");
            _ = actor.RunAsync(async () =>
            {
                for (var i = 0; i < 10; i++)
                {
                    world.Tell($"{i}");
                    if (i % 3 == 0) await Task.Yield();
                    else await Task.Delay(TimeSpan.FromMilliseconds(i % 2), world.Time);
                    world.Enter("the middle");
                }
            });
        }
        world.Run(Hour, 10_000);
        Assert.Null(world.Failure);
        return world;
    }

    [Fact]
    public void Hours_pass_at_once_and_timers_fire_in_order()
    {
        var world = new SimulatedWorld(1);
        var fired = new List<long>();
        var actor = new SimulatedActor(world, "sleeper");
        foreach (var minutes in new[] { 50, 10, 30 })
        {
            _ = actor.RunAsync(async () =>
            {
                await Task.Delay(TimeSpan.FromMinutes(minutes), world.Time);
                fired.Add(minutes);
            });
        }
        world.Run(Hour, 1000);
        Assert.Equal([10, 30, 50], fired);
        Assert.Equal(Hour, world.Now);
        Assert.Equal(SimulatedTime.Beginning.AddHours(1), world.Time.GetUtcNow());
    }

    [Fact]
    public void An_actor_runs_one_turn_at_a_time_but_others_run_between_its_turns()
    {
        var world = new SimulatedWorld(3);
        var actor = new SimulatedActor(world, "interleaving");
        var order = new List<string>();
        foreach (var name in new[] { "a", "b" })
        {
            _ = actor.RunAsync(async () =>
            {
                order.Add(name + "1");
                await Task.Yield();
                order.Add(name + "2");
            });
        }
        world.Run(Hour, 1000);
        Assert.Equal(["a1", "b1", "a2", "b2"], order);
    }

    [Fact]
    public void What_a_killed_actor_still_had_to_do_is_never_done()
    {
        var world = new SimulatedWorld(4);
        var actor = new SimulatedActor(world, "victim");
        var reached = 0;
        _ = actor.RunAsync(async () =>
        {
            reached = 1;
            await Task.Delay(TimeSpan.FromSeconds(2), world.Time);
            reached = 2;
        });
        world.At(1_000_000, actor.Kill);
        world.Run(Hour, 1000);
        Assert.Equal(1, reached);
        Assert.Null(world.Failure);
    }

    [Fact]
    public async Task Code_that_leaves_its_actor_fails_the_run()
    {
        var world = new SimulatedWorld(5);
        var outside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = new SimulatedActor(world, "leaver").RunAsync(async () => await Task.Run(() =>
        {
            Assert.Throws<InvalidOperationException>(() => world.Enter("a port"));
            outside.SetResult();
        }));
        world.Run(Hour, 1000);
        await outside.Task;
        Assert.Contains("code has left its actor", world.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void A_world_without_rest_fails_with_the_number_of_its_steps()
    {
        var world = new SimulatedWorld(6);
        _ = new SimulatedActor(world, "restless").RunAsync(async () =>
        {
            while (true) await Task.Yield();
        });
        world.Run(Hour, 500);
        Assert.Contains("500 steps", world.Failure, StringComparison.Ordinal);
    }
}
