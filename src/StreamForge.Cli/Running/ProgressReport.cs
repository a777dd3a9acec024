using System.Collections.Concurrent;
using Spectre.Console;
using Spectre.Console.Rendering;
using StreamForge.Cli.Output;
using StreamForge.Core;

namespace StreamForge.Cli.Running;

/// <summary>Shows how pipelines get on: a moving bar each on a terminal, else a line each every five seconds.</summary>
internal sealed class ProgressReport(Shell shell, IReadOnlyList<RunningPipeline> pipelines)
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BarInterval = TimeSpan.FromMilliseconds(250);

    private readonly Meter[] _meters = [.. pipelines.Select(p => new Meter(p, shell.Clock))];

    /// <summary>Reports until <paramref name="end"/>.</summary>
    public async Task RunAsync(CancellationToken end)
    {
        if (ErrorOutput.CanShowLive) await ShowBarsAsync(end);
        else await WriteLinesAsync(end);
    }

    private async Task WriteLinesAsync(CancellationToken end)
    {
        using var timer = new PeriodicTimer(LineInterval, shell.Clock);
        while (await TickAsync(timer, end))
        {
            foreach (var meter in _meters)
            {
                var (name, _, text) = meter.Look();
                shell.Errors.Line($"{name}: {text}");
            }
        }
    }

    private async Task ShowBarsAsync(CancellationToken end)
    {
        var console = shell.Errors.BeginLive();
        var texts = new TextColumn();
        try
        {
            await console.Progress()
                .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 20 }, texts)
                .StartAsync(async context =>
                {
                    var bars = _meters.Select(m => context.AddTask(Markup.Escape(m.Name), autoStart: true, maxValue: 1)).ToArray();
                    using var timer = new PeriodicTimer(BarInterval, shell.Clock);
                    bool running;
                    do
                    {
                        running = await TickAsync(timer, end);
                        for (var i = 0; i < bars.Length; i++)
                        {
                            var (_, progress, text) = _meters[i].Look();
                            bars[i].IsIndeterminate(progress is null);
                            bars[i].Value = progress ?? 0;
                            texts.Set(bars[i], text);
                        }
                    }
                    while (running);
                });
        }
        finally
        {
            shell.Errors.EndLive();
        }
    }

    private static async Task<bool> TickAsync(PeriodicTimer timer, CancellationToken end)
    {
        try
        {
            return await timer.WaitForNextTickAsync(end);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private sealed class TextColumn : ProgressColumn
    {
        private readonly ConcurrentDictionary<int, string> _texts = new();

        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(_texts.GetValueOrDefault(task.Id, ""));

        public void Set(ProgressTask task, string text) => _texts[task.Id] = text;
    }

    /// <summary>One pipeline's speed and the time that is left.</summary>
    private sealed class Meter(RunningPipeline pipeline, TimeProvider clock)
    {
        private readonly long _started = clock.GetTimestamp();
        private long _lastLook = clock.GetTimestamp();
        private long _lastEvents;

        public string Name => pipeline.Name;

        public (string Name, double? Progress, string Text) Look()
        {
            var status = pipeline.Status();
            var rate = Math.Max(0, status.Events - _lastEvents) / Math.Max(1e-6, clock.GetElapsedTime(_lastLook).TotalSeconds);
            (_lastLook, _lastEvents) = (clock.GetTimestamp(), status.Events);
            var text = $"{status.Events:N0} events, {rate:N0} events/s, {(status.Watermark == EventTime.MinValue ? "no watermark yet" : $"watermark {EventTime.Format(status.Watermark)}")}";
            if (status.Views.Sum(v => v.Keys) is var keys and > 0) text += $", {keys:N0} keys";
            if (status.Sinks.Sum(s => s.Table?.Snapshots ?? 0) is var snapshots and > 0) text += $", {snapshots:N0} {(snapshots == 1 ? "snapshot" : "snapshots")}";
            if (status.Progress is { } progress and < 1) text += $", {progress:P0}{Left(progress)}";
            return (Name, status.Progress, text);
        }

        private string Left(double progress)
        {
            var done = progress - pipeline.ProgressBefore;
            if (done <= 0.001) return "";
            var left = clock.GetElapsedTime(_started) * ((1 - progress) / done);
            return left.TotalMinutes < 1 ? $", {left.TotalSeconds:N0} s left" : $", {left.TotalMinutes:N0} min left";
        }
    }
}
