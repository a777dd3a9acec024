using BenchmarkDotNet.Running;

namespace StreamForge.Benchmarks;

internal static class Program
{
    /// <summary>Benchmarks run in this process: a process each would first build the whole product again for each of them.</summary>
    private static void Main(string[] args) => BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. args, "--inProcess"]);
}
