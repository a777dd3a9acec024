using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Engine;

/// <summary>
/// Many random cases, on all cores. A failing one is made small (FsCheck) and written to a file with its expected answers; the message says the seed, the file, and how to run it again.
/// <para>
/// STREAMFORGE_CASES asks for more than the usual number in a run of all tests, STREAMFORGE_SEED begins at a seed, STREAMFORGE_CASE runs the case of a file alone, and STREAMFORGE_CASE_DIR is where failing cases are written.
/// </para>
/// </summary>
internal static class CaseRun
{
    /// <summary>Cases that all tests run together.</summary>
    public const int Usual = 24_000;

    private static int Total => Number("STREAMFORGE_CASES") ?? Usual;

    /// <param name="share">Of all cases, those that this test runs.</param>
    /// <param name="make">The case of a seed.</param>
    /// <param name="difference">What is wrong with a case, or null. The seed decides batches, shards and restarts.</param>
    public static void Check(double share, Func<int, OracleCase> make, Func<OracleCase, int, string?> difference, Func<OracleCase, bool>? isValid = null)
    {
        if (Environment.GetEnvironmentVariable("STREAMFORGE_CASE") is { Length: > 0 } file)
        {
            var scenario = OracleCase.Parse(File.ReadAllText(file));
            for (var seed = 0; seed < 100 && isValid?.Invoke(scenario) != false; seed++) Assert.Null(Try(difference, scenario, seed));
            return;
        }
        var first = Number("STREAMFORGE_SEED") ?? Random.Shared.Next();
        var failing = new SortedSet<int>();
        var tried = 0;
        Parallel.For(0, Math.Max(1, (int)(Total * share)), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, (i, loop) =>
        {
            var seed = (first + i) & int.MaxValue;
            Interlocked.Increment(ref tried);
            if (Try(difference, make(seed), seed) is null) return;
            lock (failing) failing.Add(seed);
            loop.Stop();
        });
        if (failing.Count > 0) throw new Xunit.Sdk.XunitException($"one of {tried} cases, {Smallest(make(failing.Min), failing.Min, difference, isValid)}");
    }

    /// <summary>As <see cref="Check"/>, for what reads files and waits.</summary>
    public static async Task CheckAsync(double share, Func<int, OracleCase> make, Func<OracleCase, int, Task<string?>> difference, Func<OracleCase, bool> isValid)
    {
        if (Environment.GetEnvironmentVariable("STREAMFORGE_CASE") is { Length: > 0 } file)
        {
            var scenario = OracleCase.Parse(await File.ReadAllTextAsync(file));
            for (var seed = 0; seed < 100 && isValid(scenario); seed++) Assert.Null(await TryAsync(difference, scenario, seed));
            return;
        }
        var first = Number("STREAMFORGE_SEED") ?? Random.Shared.Next();
        var failing = new SortedSet<int>();
        await Parallel.ForEachAsync(Enumerable.Range(0, Math.Max(1, (int)(Total * share))), async (i, _) =>
        {
            var seed = (first + i) & int.MaxValue;
            if (failing.Count > 0 || await TryAsync(difference, make(seed), seed) is null) return;
            lock (failing) failing.Add(seed);
        });
        if (failing.Count > 0) throw new Xunit.Sdk.XunitException(await SmallestAsync(make(failing.Min), failing.Min, difference, isValid));
    }

    private static async Task<string> SmallestAsync(OracleCase scenario, int seed, Func<OracleCase, int, Task<string?>> difference, Func<OracleCase, bool> isValid)
    {
        var reason = await TryAsync(difference, scenario, seed);
        for (var goesOn = true; goesOn;)
        {
            goesOn = false;
            foreach (var smaller in CaseShrinking.Shrink(scenario).Where(isValid))
            {
                if (await TryAsync(difference, smaller, seed) is not { } found) continue;
                (scenario, reason, goesOn) = (smaller, found, true);
                break;
            }
        }
        return Written(scenario, seed, reason);
    }

    private static string Smallest(OracleCase scenario, int seed, Func<OracleCase, int, string?> difference, Func<OracleCase, bool>? isValid)
    {
        var (smallest, reason) = (scenario, Try(difference, scenario, seed));
        var arbitrary = Arb.From(Gen.Constant(scenario), c => CaseShrinking.Shrink(c).Where(s => isValid?.Invoke(s) != false));
        var property = Prop.ForAll(arbitrary, c =>
        {
            if (Try(difference, c, seed) is not { } found) return true;
            (smallest, reason) = (c, found);
            return false;
        });
        FsCheck.Check.One(Config.Quick.WithMaxTest(1).WithQuietOnSuccess(true), property);
        return Written(smallest, seed, reason);
    }

    private static string Written(OracleCase smallest, int seed, string? reason)
    {
        var folder = Environment.GetEnvironmentVariable("STREAMFORGE_CASE_DIR") is { Length: > 0 } given ? given : Path.GetTempPath();
        var path = Path.Combine(Directory.CreateDirectory(folder).FullName, $"streamforge-case-{seed}.json");
        File.WriteAllText(path, OracleAnswers.Write(smallest));
        return $"seed {seed}: {reason}\nthe smallest case that fails is in {path}; run it again with STREAMFORGE_CASE={path}, or the whole with STREAMFORGE_SEED={seed}\n{smallest}";
    }

    private static string? Try(Func<OracleCase, int, string?> difference, OracleCase scenario, int seed)
    {
        try
        {
            return difference(scenario, seed);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return error.ToString();
        }
    }

    private static async Task<string?> TryAsync(Func<OracleCase, int, Task<string?>> difference, OracleCase scenario, int seed)
    {
        try
        {
            return await difference(scenario, seed);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return error.ToString();
        }
    }

    public static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
