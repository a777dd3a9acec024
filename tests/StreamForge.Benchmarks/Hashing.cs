using BenchmarkDotNet.Attributes;
using StreamForge.Core;

namespace StreamForge.Benchmarks;

/// <summary>XXH64 of one value: a short key, a long key, a piece of a checkpoint's block.</summary>
public class Hashing
{
    private byte[] _data = [];

    [Params(10, 40, 65_536)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _data = new byte[Bytes];
        new Random(1).NextBytes(_data);
    }

    [Benchmark]
    public ulong Hash() => XxHash64.Hash(_data);
}
