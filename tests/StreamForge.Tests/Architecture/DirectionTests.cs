using System.Xml.Linq;
using StreamForge.Testing;

namespace StreamForge.Tests.Architecture;

/// <summary>
/// Core &lt;- Sql, Features, Formats &lt;- Pipeline &lt;- Connectors &lt;- Embedded; Server sees Core and Pipeline only; Cli composes. Held twice: by what project files
/// ask for, and by what the compiled code really uses, since a project also reaches what its references refer to.
/// </summary>
public class DirectionTests
{
    public static TheoryData<string> ProductRooms => [.. Rooms.Product.Select(r => r.Name)];

    [Theory]
    [MemberData(nameof(ProductRooms))]
    public void Project_files_refer_downwards_only(string name)
    {
        var room = Find(name);
        var project = Project(room.Folder);
        Assert.Empty(References(project, "ProjectReference").Select(p => Path.GetFileNameWithoutExtension(p.Replace('\\', '/'))).Except(room.Sees));
        Assert.Empty(References(project, "PackageReference").Except(room.Packages));
        Assert.Equal(room.IsWeb, References(project, "FrameworkReference").Contains("Microsoft.AspNetCore.App"));
    }

    [Theory]
    [MemberData(nameof(ProductRooms))]
    public void Compiled_code_uses_lower_rooms_only(string name)
    {
        var room = Find(name);
        var rooms = Rooms.Product.ToDictionary(r => r.Assembly, r => r.Name);
        var used = AssemblyFacts.Of(room.Assembly).References.Where(rooms.ContainsKey).Select(r => rooms[r]);
        Assert.Empty(used.Except(room.Sees));
    }

    [Theory]
    [MemberData(nameof(ProductRooms))]
    public void Compiled_code_uses_its_own_packages_and_only_web_rooms_use_asp_net(string name)
    {
        var room = Find(name);
        var own = Rooms.Product.Select(r => r.Assembly).Concat(room.Packages);
        var foreign = AssemblyFacts.Of(room.Assembly).References.Except(own).Where(r => !IsIn(typeof(object), r) && !(room.IsWeb && IsIn(typeof(Microsoft.AspNetCore.Builder.WebApplication), r)));
        Assert.Empty(foreign);
    }

    [Fact]
    public void Every_project_of_the_repository_has_its_line()
    {
        var listed = Rooms.Product.Select(r => r.Folder).Concat(Rooms.Tests).Concat(Rooms.Orleans);
        Assert.Equal(listed.Order(StringComparer.Ordinal), ProjectFolders().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Solution_holds_every_project_and_the_embedded_filter_all_but_the_cluster()
    {
        var solution = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "StreamForge.sln"));
        var filter = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "StreamForge.Embedded.slnf"));
        foreach (var folder in ProjectFolders())
        {
            var path = $"{folder}/{Path.GetFileName(folder)}.csproj".Replace('/', '\\');
            Assert.Contains($"\"{path}\"", solution, StringComparison.Ordinal);
            Assert.Equal(!Rooms.Orleans.Contains(folder), filter.Contains($"\"{path.Replace("\\", @"\\", StringComparison.Ordinal)}\"", StringComparison.Ordinal));
        }
    }

    private static Room Find(string name) => Rooms.Product.Single(r => r.Name == name);

    private static IEnumerable<string> ProjectFolders() => RepositoryText.Files()
        .Where(f => f.EndsWith(".csproj", StringComparison.Ordinal))
        .Select(f => Path.GetDirectoryName(f)!.Replace('\\', '/'));

    private static XDocument Project(string folder) => XDocument.Load(Path.Combine(RepositoryFiles.Root, folder, Path.GetFileName(folder) + ".csproj"));

    private static IEnumerable<string> References(XDocument project, string kind) => project.Descendants(kind).Select(e => (string)e.Attribute("Include")!);

    /// <summary>Whether an assembly belongs to the shared framework that a type of it comes from.</summary>
    private static bool IsIn(Type framework, string assembly) =>
        File.Exists(Path.Combine(Path.GetDirectoryName(framework.Assembly.Location)!, assembly + ".dll"));
}
