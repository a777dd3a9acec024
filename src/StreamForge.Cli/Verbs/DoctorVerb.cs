using System.CommandLine;
using StreamForge.Cli.Doctor;
using StreamForge.Cli.Output;
using StreamForge.Cli.Parsing;

namespace StreamForge.Cli.Verbs;

/// <summary><c>doctor [FILE]</c>.</summary>
internal sealed class DoctorVerb : Verb
{
    private readonly Argument<string?> _file = new("FILE") { Description = "A pipeline file whose needs are checked too", Arity = ArgumentArity.ZeroOrOne };

    public DoctorVerb(Shell shell) : base(
        shell, "doctor", "What this machine, and a pipeline file, has and lacks: a line each with the remedy; exit 1 when something needed is missing",
        "./streamforge doctor", "./streamforge doctor examples/retail/pipeline.yaml --json")
    {
        Add(_file);
        foreach (var option in (Setting[])[CommonSettings.DataDirectoryPath, CommonSettings.Port, CommonSettings.Bind, CommonSettings.Json]) Add(option);
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var data = CommonSettings.DataDirectory(parsed);
        List<Finding> findings =
        [
            MachineChecks.Runtime(),
            MachineChecks.Zstd(),
            MachineChecks.Kafka(parsed.GetValue(_file) is { } pipeline && PipelineChecks.ReadsKafka(pipeline)),
            NetworkChecks.Port(CommonSettings.Bind.Read(parsed), CommonSettings.Port.Read(parsed) ?? CommonSettings.DefaultPort),
            StorageChecks.Writable("data directory", data.Path),
            StorageChecks.Lock(data),
            StorageChecks.Space(data),
            StorageChecks.Sync(data),
            MachineChecks.Clock(Shell.Clock, new DateTimeOffset(File.GetLastWriteTimeUtc(typeof(DoctorVerb).Assembly.Location))),
        ];
        if (parsed.GetValue(_file) is { } file) findings.AddRange(await PipelineChecks.RunAsync(file, data, Shell));
        if (CommonSettings.Json.Read(parsed)) WriteJson(findings);
        else WriteText(findings);
        return findings.Exists(f => f.Health == Health.Missing) ? ExitCodes.Failed : ExitCodes.Done;
    }

    private void WriteText(List<Finding> findings)
    {
        var width = findings.Max(f => f.Check.Length);
        foreach (var finding in findings)
        {
            var remedy = finding.Remedy is null ? "" : $"; {finding.Remedy}";
            Shell.Print($"{finding.Status,-7}  {finding.Check.PadRight(width)}  {finding.Detail}{remedy}");
        }
    }

    private void WriteJson(List<Finding> findings) => JsonOutput.Write(Shell, json => JsonOutput.WriteList(json, findings, static (writer, finding) =>
    {
        writer.WriteStartObject();
        writer.WriteString("check", finding.Check);
        writer.WriteString("status", finding.Status);
        writer.WriteString("detail", finding.Detail);
        writer.WriteString("remedy", finding.Remedy);
        writer.WriteEndObject();
    }));
}
