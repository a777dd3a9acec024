using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Engine;

/// <summary>Cases as files that other systems can run (docs/oracle-cases.md). STREAMFORGE_WRITE_CASES names a folder to write some into.</summary>
public class CaseFilesTests
{
    [Fact]
    public void Case_files_hold_the_case_and_its_answers()
    {
        var folder = Environment.GetEnvironmentVariable("STREAMFORGE_WRITE_CASES");
        var isAsked = folder is { Length: > 0 };
        var target = isAsked ? Directory.CreateDirectory(folder!).FullName : Directory.CreateTempSubdirectory("streamforge-cases-").FullName;
        try
        {
            foreach (var seed in Enumerable.Range(CaseRun.Number("STREAMFORGE_SEED") ?? 0, isAsked ? CaseRun.Number("STREAMFORGE_CASES") ?? 1000 : 50))
            {
                var scenario = RandomCases.Case(seed, CaseKinds.All);
                var path = Path.Combine(target, $"case-{seed:D8}.json");
                File.WriteAllText(path, OracleAnswers.Write(scenario));
                var read = OracleCase.Parse(File.ReadAllText(path));
                Assert.Equal(scenario.ToJson(), read.ToJson());
                Assert.Equal(OracleAnswers.Write(scenario), OracleAnswers.Write(read));
            }
        }
        finally
        {
            if (!isAsked) Directory.Delete(target, recursive: true);
        }
    }
}
