namespace StreamForge.Testing;

/// <summary>Finds the repository that the running tests were built from.</summary>
public static class RepositoryFiles
{
    /// <summary>The folder that holds StreamForge.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The 541,909 order lines of the retail example.</summary>
    public static string OnlineRetail => Path.Combine(Root, "examples", "retail", "online_retail.csv.gz");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "StreamForge.sln"))) return folder.FullName;
        }
        throw new DirectoryNotFoundException($"no folder above {AppContext.BaseDirectory} holds StreamForge.sln; run the tests from a checkout");
    }
}
