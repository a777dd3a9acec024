using System.CommandLine;
using System.Globalization;
using StreamForge.Cli.Parsing;
using StreamForge.Connectors.Clickstream;
using StreamForge.Connectors.Kafka;
using StreamForge.Core;

namespace StreamForge.Cli.Verbs;

/// <summary><c>emit clickstream</c>.</summary>
internal sealed class EmitClickstreamVerb : Verb
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(5);
    private static readonly ClickstreamOptions Defaults = new();

    private readonly Setting<long?> _events = CommonSettings.Count("--events", "How many events [default: no end]");
    private readonly Setting<double?> _rate = CommonSettings.Rate("Events a second [default: as fast as they are taken]");
    private readonly Setting<long?> _users = CommonSettings.Count("--users", $"How many users [default: {Defaults.Users}]");
    private readonly Setting<long> _seed = new("--seed", "S", $"Another seed, another stream [default: {Defaults.Seed}]", Defaults.Seed, "a whole number", TrySeed);
    private readonly Setting<double?> _late = new("--late", "SHARE", $"Share of events that come out of order, 0 to 1 or in percent [default: {Defaults.Late}]", null, "a share such as 0.02 or 2%", TryShare);
    private readonly Setting<long?> _start = CommonSettings.Moment("--start", $"The event time of the first event [default: {EventTime.Format(Defaults.StartMicros)}]");
    private readonly Setting<string> _to = CommonSettings.Text("--to", "TARGET", "stdout, a file, or kafka://host:port/topic [default: stdout]", "stdout");

    public EmitClickstreamVerb(Shell shell) : base(
        shell, "clickstream", "Writes a shop's clickstream as JSON Lines; the same options give the same bytes",
        "./streamforge emit clickstream --events 3", "./streamforge emit clickstream --events 100000 --users 500 --seed 7 --to clicks.jsonl", "./streamforge emit clickstream --rate 1000 --to kafka://localhost:9092/clicks")
    {
        foreach (var option in (Setting[])[_events, _rate, _users, _seed, _late, _start, _to]) Add(option);
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var options = Stream(parsed);
        var to = _to.Read(parsed);
        var started = Shell.Clock.GetTimestamp();
        var lastReport = started;
        try
        {
            if (KafkaTarget.Is(to))
            {
                var (sent, size) = await KafkaEmitter.EmitAsync(options, _events.Read(parsed), _rate.IsGiven(parsed), KafkaTarget.Parse(to), Shell.Clock, Report, Shell.Interrupted);
                Shell.Errors.Line($"{sent:N0} events, {size:N0} bytes written to {to}, {sent / Shell.Clock.GetElapsedTime(started).TotalSeconds:N0} a second");
                return ExitCodes.Done;
            }
            await using var target = to is "stdout" or "-" ? Shell.OpenRawOutput() : new FileStream(to, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
            var (events, bytes) = await ClickstreamEmitter.EmitAsync(options, _events.Read(parsed), _rate.IsGiven(parsed), target, Shell.Clock, Report, Shell.Interrupted);
            if (to is not ("stdout" or "-")) Shell.Errors.Line($"{events:N0} events, {bytes:N0} bytes written to {to}");
            return ExitCodes.Done;
        }
        catch (IOException error) when (Shell.IsClosedPipe(error))
        {
            // Whoever read the pipe has seen enough.
            return ExitCodes.Done;
        }

        void Report(long events, long bytes)
        {
            if (Shell.Clock.GetElapsedTime(lastReport) < ReportInterval) return;
            lastReport = Shell.Clock.GetTimestamp();
            Shell.Errors.Line($"{events:N0} events, {bytes >> 20:N0} MiB, {events / Shell.Clock.GetElapsedTime(started).TotalSeconds:N0} events/s");
        }
    }

    private ClickstreamOptions Stream(ParseResult parsed)
    {
        var users = _users.Read(parsed) ?? Defaults.Users;
        if (users > int.MaxValue) throw new StreamForgeException(ErrorKind.InvalidArgument, $"--users takes a number up to {int.MaxValue}, not '{users}'");
        return (Defaults with
        {
            Users = (int)users,
            Rate = _rate.Read(parsed),
            Seed = _seed.Read(parsed),
            Late = _late.Read(parsed) ?? Defaults.Late,
            StartMicros = _start.Read(parsed) ?? Defaults.StartMicros,
        }).Checked();
    }

    private static bool TrySeed(string text, out long value) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    private static bool TryShare(string text, out double? value)
    {
        var percent = text.EndsWith('%');
        var valid = double.TryParse(percent ? text[..^1] : text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number);
        value = percent ? number / 100 : number;
        return valid;
    }
}
