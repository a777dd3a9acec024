using System.Collections.Immutable;
using System.Runtime.InteropServices;
using StreamForge.Cli.Output;

namespace StreamForge.Cli.Bench;

/// <summary>Prints scenarios and what they measured, beside the facts of the machine.</summary>
internal static class BenchOutput
{
    public static void WriteList(Shell shell, ImmutableArray<IBenchScenario> scenarios, bool json)
    {
        if (json)
        {
            JsonOutput.Write(shell, writer => JsonOutput.WriteList(writer, scenarios, static (w, scenario) =>
            {
                w.WriteStartObject();
                w.WriteString("name", scenario.Name);
                w.WriteString("summary", scenario.Summary);
                w.WriteEndObject();
            }));
            return;
        }
        if (scenarios.IsEmpty) shell.Print("there are no scenarios yet");
        foreach (var scenario in scenarios) shell.Print($"{scenario.Name,-16} {scenario.Summary}");
    }

    public static void WriteReport(Shell shell, string scenario, BenchReport report, bool json)
    {
        if (json)
        {
            JsonOutput.Write(shell, writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("scenario", scenario);
                writer.WriteNumber("cores", Environment.ProcessorCount);
                writer.WriteString("os", RuntimeInformation.OSDescription);
                writer.WriteString("runtime", RuntimeInformation.FrameworkDescription);
                writer.WriteStartArray("measures");
                foreach (var measure in report.Measures)
                {
                    writer.WriteStartObject();
                    writer.WriteString("name", measure.Name);
                    writer.WriteNumber("value", measure.Value);
                    writer.WriteString("unit", measure.Unit);
                    if (measure.Goal is { } goal) writer.WriteNumber("goal", goal);
                    writer.WriteEndObject();
                }
                writer.WriteEndArray();
                writer.WriteEndObject();
            });
            return;
        }
        shell.Print($"{scenario} on {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
        Tables.Write(shell, ["measure", "value", "unit", "goal"], report.Measures.Select(m => (IReadOnlyList<string>)[m.Name, Number(m.Value), m.Unit, m.Goal is { } goal ? Number(goal) : ""]), 1, 3);
    }

    private static string Number(double value) => Math.Abs(value) >= 100 ? $"{value:N0}" : $"{value:0.###}";
}
