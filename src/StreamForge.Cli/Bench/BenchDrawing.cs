using System.Globalization;
using System.Security;
using System.Text;

namespace StreamForge.Cli.Bench;

/// <summary>
/// Draws measures as horizontal bars, as one SVG document that any browser shows and any editor takes: a title, the machine in small letters, and a panel for each plot. Every bar says its number, so that nothing must be
/// read off; a line across a bar is the goal of its measure, green where it is reached.
/// </summary>
internal static class BenchDrawing
{
    private const int Width = 960;
    private const int Left = 350;
    private const int BarsWidth = 380;
    private const int RowHeight = 24;
    private const int Top = 62;

    private sealed record Bar(string Label, double Value, string Text, double? Goal, bool? Reached);

    private sealed record Panel(string Title, IReadOnlyList<Bar> Bars);

    /// <summary>One scenario's plots; where it has none, its goals.</summary>
    public static string Of(string scenario, double scale, MachineFacts machine, BenchReport report)
    {
        var measures = report.Measures.ToDictionary(m => m.Name, StringComparer.Ordinal);
        var plotted = report.Plots.SelectMany(p => p.Measures).ToHashSet(StringComparer.Ordinal);
        Panel[] panels = [.. report.Plots.Select(p => new Panel(p.Title, [.. p.Measures.Where(measures.ContainsKey).Select(m => Plain(measures[m]))])), Goals(plotted.Count > 0 ? "other goals" : "goals", report.Measures.Where(m => !plotted.Contains(m.Name)).Select(m => (m.Name, m)))];
        return Draw($"{scenario}{(scale == 1 ? "" : Invariant($" at scale {scale}"))}", machine, panels);
    }

    /// <summary>Every measure of all scenarios that has a goal.</summary>
    public static string OfAll(double scale, MachineFacts machine, IEnumerable<(string Scenario, BenchReport Report)> reports) => Draw(
        $"all scenarios{(scale == 1 ? "" : Invariant($" at scale {scale}"))}", machine, [Goals("goals", reports.SelectMany(r => r.Report.Measures.Select(m => ($"{r.Scenario} {m.Name}", m))))]);

    private static Bar Plain(BenchMeasure measure) => new(measure.Name, measure.Value, BenchOutput.Number(measure.Value) + " " + measure.Unit, measure.Goal, measure.Reached);

    /// <summary>Bars as shares of the goals: 1 is there, and more is better, also where the value is to stay below.</summary>
    private static Panel Goals(string title, IEnumerable<(string Label, BenchMeasure Measure)> measures) => new(
        title + ", as shares of them; past the line is reached",
        [
            .. measures.Where(m => m.Measure.Goal is > 0).Select(m => new Bar(
                m.Label, Math.Min(2, m.Measure.GoalIsLimit ? m.Measure.Goal!.Value / Math.Max(m.Measure.Value, double.Epsilon) : m.Measure.Value / m.Measure.Goal!.Value),
                $"{BenchOutput.Number(m.Measure.Value)} {m.Measure.Unit} ({(m.Measure.GoalIsLimit ? "≤" : "≥")} {BenchOutput.Number(m.Measure.Goal!.Value)})", 1, m.Measure.Reached)),
        ]);

    private static string Draw(string title, MachineFacts machine, IReadOnlyList<Panel> panels)
    {
        var shown = panels.Where(p => p.Bars.Count > 0).ToArray();
        var height = Top + shown.Sum(p => 44 + p.Bars.Count * RowHeight) + 10;
        var svg = new StringBuilder(Invariant($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" width="{Width}" height="{height}" font-family="system-ui, sans-serif" font-size="13" fill="#24292f">""")).Append('\n');
        svg.Append(Invariant($"""<rect width="{Width}" height="{height}" fill="#ffffff"/>""")).Append('\n');
        Text(svg, 20, 28, title, "font-size=\"18\" font-weight=\"600\"");
        Text(svg, 20, 48, $"{machine.Cpu}, {machine.Cores} cores, {machine.MemoryBytes / (double)(1L << 30):0.0} GiB, {machine.Os}, {machine.Runtime}, {machine.Commit ?? machine.Version}", "font-size=\"11\" fill=\"#6e7781\"");
        var y = Top;
        foreach (var panel in shown)
        {
            Text(svg, 20, y + 24, panel.Title, "font-weight=\"600\"");
            y += 36;
            var largest = Math.Max(panel.Bars.Max(b => Math.Max(b.Value, b.Goal ?? 0)), double.Epsilon);
            foreach (var bar in panel.Bars)
            {
                var length = Math.Max(1, bar.Value / largest * BarsWidth);
                Text(svg, Left - 10, y + 15, bar.Label, "text-anchor=\"end\"");
                svg.Append(Invariant($"""<rect x="{Left}" y="{y + 3}" width="{length:0.#}" height="{RowHeight - 8}" rx="2" fill="{(bar.Reached == false ? "#d4a72c" : bar.Reached == true ? "#4ac26b" : "#54aeff")}"/>""")).Append('\n');
                if (bar.Goal is { } goal) svg.Append(Invariant($"""<rect x="{Left + goal / largest * BarsWidth:0.#}" y="{y}" width="2" height="{RowHeight - 2}" fill="#57606a"/>""")).Append('\n');
                Text(svg, Left + Math.Max(length, (bar.Goal ?? 0) / largest * BarsWidth) + 8, y + 15, bar.Text, "font-size=\"12\" fill=\"#57606a\"");
                y += RowHeight;
            }
            y += 8;
        }
        return svg.Append("</svg>\n").ToString();
    }

    private static void Text(StringBuilder svg, double x, double y, string text, string style) =>
        svg.Append(Invariant($"""<text x="{x:0.#}" y="{y:0.#}" {style}>{SecurityElement.Escape(text)}</text>""")).Append('\n');

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
