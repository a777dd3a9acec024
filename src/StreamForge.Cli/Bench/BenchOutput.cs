using System.Globalization;
using System.Text;
using System.Text.Json;

namespace StreamForge.Cli.Bench;

/// <summary>Prints scenarios and what they measured, beside the facts of the machine: a table for people, or one JSON document in one line.</summary>
internal static class BenchOutput
{
    private const int Gap = 2;

    private static readonly JsonWriterOptions Compact = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The scenarios that there are.</summary>
    public static void WriteList(TextWriter output, IReadOnlyCollection<IBenchScenario> scenarios, bool json)
    {
        if (json)
        {
            WriteJson(output, writer => WriteList(writer, scenarios));
            return;
        }
        foreach (var scenario in scenarios) output.WriteLine($"{scenario.Name,-10} {scenario.Summary}");
    }

    /// <summary>What one scenario measured, as a JSON document.</summary>
    public static string Json(string scenario, double scale, MachineFacts machine, BenchReport report) => JsonText(writer => WriteReport(writer, scenario, scale, machine, report));

    /// <summary>What all scenarios measured, as a JSON document.</summary>
    public static string JsonOfAll(double scale, MachineFacts machine, IEnumerable<(string Scenario, BenchReport Report)> reports) => JsonText(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("scenarios");
        foreach (var (scenario, report) in reports) WriteReport(json, scenario, scale, machine, report);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>What one scenario measured.</summary>
    public static void WriteReport(TextWriter output, string scenario, double scale, MachineFacts machine, BenchReport report, bool json)
    {
        if (json) WriteJson(output, writer => WriteReport(writer, scenario, scale, machine, report));
        else WriteText(output, scenario, scale, machine, report);
    }

    private static void WriteText(TextWriter output, string scenario, double scale, MachineFacts machine, BenchReport report)
    {
        output.WriteLine($"{scenario}, scale {scale.ToString(CultureInfo.InvariantCulture)}: streamforge {machine.Version}{(machine.Commit is { } commit ? $" ({commit})" : "")}");
        output.WriteLine($"{machine.Cpu}, {machine.Cores} cores, {machine.MemoryBytes / (double)(1L << 30):0.0} GiB, {machine.Os}, {machine.Runtime}");
        output.WriteLine();
        string[][] rows = [["measure", "value", "unit", "goal"], .. report.Measures.Select(m => (string[])[m.Name, Number(m.Value), m.Unit, Goal(m)])];
        var widths = Enumerable.Range(0, 4).Select(c => rows.Max(r => r[c].Length) + Gap).ToArray();
        foreach (var row in rows)
        {
            var line = row[0].PadRight(widths[0]) + row[1].PadLeft(widths[1] - Gap) + new string(' ', Gap) + row[2].PadRight(widths[2]) + row[3];
            output.WriteLine(line.TrimEnd());
        }
        if (report.Notes.Count > 0) output.WriteLine();
        foreach (var note in report.Notes) output.WriteLine(note);
    }

    private static string Goal(BenchMeasure measure) =>
        measure.Goal is { } goal ? $"{(measure.GoalIsLimit ? "at most" : "at least")} {Number(goal)}: {(measure.Reached == true ? "reached" : "not reached")}" : "";

    public static string Number(double value) => Math.Abs(value) >= 1000 ? $"{value:N0}" : $"{value:0.###}";

    private static void WriteList(Utf8JsonWriter json, IReadOnlyCollection<IBenchScenario> scenarios)
    {
        json.WriteStartObject();
        json.WriteNumber("total", scenarios.Count);
        json.WriteStartArray("items");
        foreach (var scenario in scenarios)
        {
            json.WriteStartObject();
            json.WriteString("name", scenario.Name);
            json.WriteString("summary", scenario.Summary);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNull("next");
        json.WriteEndObject();
    }

    private static void WriteReport(Utf8JsonWriter json, string scenario, double scale, MachineFacts machine, BenchReport report)
    {
        json.WriteStartObject();
        json.WriteString("scenario", scenario);
        json.WriteNumber("scale", scale);
        json.WriteStartObject("machine");
        json.WriteString("cpu", machine.Cpu);
        json.WriteNumber("cores", machine.Cores);
        json.WriteNumber("memory_bytes", machine.MemoryBytes);
        json.WriteString("os", machine.Os);
        json.WriteString("runtime", machine.Runtime);
        json.WriteEndObject();
        json.WriteString("version", machine.Version);
        json.WriteString("commit", machine.Commit);
        json.WriteStartArray("measures");
        foreach (var measure in report.Measures) WriteMeasure(json, measure);
        json.WriteEndArray();
        json.WriteStartArray("notes");
        foreach (var note in report.Notes) json.WriteStringValue(note);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteMeasure(Utf8JsonWriter json, BenchMeasure measure)
    {
        json.WriteStartObject();
        json.WriteString("name", measure.Name);
        json.WriteNumber("value", measure.Value);
        json.WriteString("unit", measure.Unit);
        if (measure.Goal is { } goal)
        {
            json.WriteNumber("goal", goal);
            json.WriteString("goal_is", measure.GoalIsLimit ? "at_most" : "at_least");
        }
        json.WriteEndObject();
    }

    private static void WriteJson(TextWriter output, Action<Utf8JsonWriter> write) => output.WriteLine(JsonText(write));

    private static string JsonText(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Compact)) write(json);
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
