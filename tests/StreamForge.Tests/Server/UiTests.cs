using System.Net;
using System.Text.RegularExpressions;
using StreamForge.Testing;

namespace StreamForge.Tests.Server;

public sealed partial class UiTests
{
    private static readonly string Assets = Path.Combine(RepositoryFiles.Root, "src/StreamForge.Server/Ui/Assets");

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Assets).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Fact]
    public async Task A_browser_gets_the_page_and_may_load_nothing_from_elsewhere()
    {
        await using var server = await RunningServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Accept.ParseAdd("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");

        using var response = await server.Client.SendAsync(request);

        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.StartsWith("default-src 'none'; script-src 'self'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Contains("Accept", response.Headers.Vary);
        Assert.Contains("<main id=\"main\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Each_part_of_the_page_is_served_and_not_sent_twice(string file)
    {
        await using var server = await RunningServer.StartAsync();
        using var first = await server.Client.GetAsync(new Uri($"/ui/{file}", UriKind.Relative));
        using var again = new HttpRequestMessage(HttpMethod.Get, $"/ui/{file}");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await server.Client.SendAsync(again);

        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(Assets, file)), await first.Content.ReadAsByteArrayAsync());
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Empty(await second.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Each_part_is_short_and_names_only_parts_that_exist(string file)
    {
        var text = File.ReadAllText(Path.Combine(Assets, file));
        Assert.True(text.Split('\n').Length <= 150, $"{file} has {text.Split('\n').Length} lines");
        foreach (Match match in Named().Matches(text)) Assert.True(File.Exists(Path.Combine(Assets, match.Groups["name"].Value)), $"{file} names {match.Value}");
        Assert.DoesNotMatch(Elsewhere(), text);
    }

    [GeneratedRegex("""(from '\./|"/ui/)(?<name>[\w.-]+)""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Named();

    /// <summary>An address of another host; the name of the SVG namespace is none.</summary>
    [GeneratedRegex("""https?://(?!www\.w3\.org/2000/svg)|<script>| style=""", RegexOptions.CultureInvariant)]
    private static partial Regex Elsewhere();
}
