using StreamForge.Pipeline.Definitions;

namespace StreamForge.Tests.Definitions;

public sealed class GoldenTests
{
    [Fact]
    public void Every_fault_of_a_bad_file_is_found_in_one_run()
    {
        var result = PipelineFile.Parse(File.ReadAllText(TestFiles.Golden("bad.yaml")), "bad.yaml", "/base", _ => null);
        var expected = File.ReadAllText(TestFiles.Golden("bad.expected")).Trim();
        Assert.Equal(expected, string.Join('\n', result.Faults));
        Assert.Equal(["a", "activity", "b", "lines", "orders", "topic"], result.Broken.Order(StringComparer.Ordinal));
        Assert.Equal(["S3_ENDPOINT", "OUT_DIR"], result.Variables.AsEnumerable());
    }

    [Fact]
    public void Every_example_parses_without_faults()
    {
        var files = Directory.GetFiles(Path.Combine(TestFiles.Repository, "examples"), "pipeline.yaml", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var result = PipelineFile.Parse(File.ReadAllText(file), file, Path.GetDirectoryName(file)!, _ => null);
            Assert.Empty(result.Faults);
            Assert.Empty(result.Notices);
            Assert.NotEmpty(result.Definition!.Tests);
        }
    }
}
