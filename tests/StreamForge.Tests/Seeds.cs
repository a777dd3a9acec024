namespace StreamForge.Tests;

/// <summary>Tests that wait and are too slow for many cases: some seeds, drawn anew in every run.</summary>
internal static class Seeds
{
    /// <summary>Runs a test with <paramref name="count"/> seeds; a failure says with which.</summary>
    public static async Task EachAsync(int count, Func<int, Task> test)
    {
        for (var i = 0; i < count; i++)
        {
            var seed = Random.Shared.Next();
            try
            {
                await test(seed);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"with the seed {seed}", error);
            }
        }
    }
}
