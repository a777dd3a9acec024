using System.Text;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Cluster.Partitions;
using StreamForge.Core;

namespace StreamForge.Tests.Cluster.Partitions;

/// <summary>What a partition remembers of keys, against dictionaries.</summary>
public class SentKeysTests
{
    [Fact]
    public void Previous_is_what_undurable_batches_sent_whatever_becomes_durable_when() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue - 1)), Holds));

    private static bool Holds(int seed)
    {
        var random = new Random(seed);
        var sent = new SentKeys();
        var batches = new List<(long Number, Dictionary<string, long> Keys)>();
        var number = 0L;
        var next = 1L;
        for (var step = random.Next(1, 60); step > 0; step--)
        {
            sent.Begin(++number);
            var keys = new Dictionary<string, long>();
            for (var i = random.Next(40); i > 0; i--)
            {
                // Some hashes are equal, and some keys are longer than a chunk.
                var key = new string('k', random.Next(50) == 0 ? 20_000 : random.Next(4)) + random.Next(60);
                if (!keys.TryAdd(key, next)) continue;
                var expected = batches.Where(b => b.Keys.ContainsKey(key)).Select(b => b.Keys[key]).LastOrDefault();
                var bytes = Encoding.UTF8.GetBytes(key);
                var hash = KeyGroup.Hash(bytes) % 37;
                if (sent.Send(bytes, hash, next) != expected) return false;
                if (random.Next(3) == 0 && sent.Send(bytes, hash, next) != expected) return false;
                next++;
            }
            batches.Add((number, keys));
            if (random.Next(20) == 0)
            {
                sent.Clear();
                batches.Clear();
            }
            if (random.Next(2) == 0 && batches.Count > 0)
            {
                var durable = batches[random.Next(batches.Count)].Number;
                sent.Forget(durable);
                batches.RemoveAll(b => b.Number <= durable);
            }
            if (sent.Count != batches.SelectMany(b => b.Keys.Keys).Distinct().Count()) return false;
        }
        return true;
    }
}
