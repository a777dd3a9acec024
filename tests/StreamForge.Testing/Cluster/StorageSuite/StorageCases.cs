using System.Reflection;

namespace StreamForge.Testing.Cluster.StorageSuite;

/// <summary>
/// The compliance suite of the storage port. A case is a public static method of <see cref="KeyCases"/>, <see cref="RaceCases"/>, <see cref="RecordCases"/>, <see cref="ImageCases"/> or <see cref="LossCases"/> that takes a <see cref="StorageTrial"/>;
/// an implementation runs all of them by one theory over <see cref="Names"/>.
/// </summary>
public static class StorageCases
{
    private static readonly MethodInfo[] Methods =
    [
        .. new[] { typeof(KeyCases), typeof(RaceCases), typeof(RecordCases), typeof(ImageCases), typeof(LossCases) }.SelectMany(static t => t.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)),
    ];

    /// <summary>The cases' names, a row of theory data each.</summary>
    public static IEnumerable<object[]> Names => Methods.Select(static m => new object[] { m.Name });

    public static async Task RunAsync(string name, StorageTrial trial) => await (Task)Methods.Single(m => m.Name == name).Invoke(null, [trial])!;
}
