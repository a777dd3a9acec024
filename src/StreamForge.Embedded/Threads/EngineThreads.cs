namespace StreamForge.Embedded.Threads;

/// <summary>
/// The threads that a pipeline's readers, shards and sinks run on, apart from the thread pool, which lookups, timers and the network are answered on: work that takes milliseconds at a time never stands in the pool's queue
/// before work that takes microseconds. What is begun here goes on here after every await.
/// <para>
/// A thread is started when there is work and none is idle, up to a number; there is one for every loop, so that a loop which blocks its thread (a shard that waits for a checkpoint's writer, a sink that waits for the disk)
/// holds up no other. The threads ask for long turns (<see cref="Turns"/>). They end when the owner disposes of this, after the last work.
/// </para>
/// </summary>
/// <param name="name">Names the threads.</param>
/// <param name="most">How many threads there are at most.</param>
internal sealed class EngineThreads(string name, int most) : TaskScheduler, IDisposable
{
    private readonly Queue<Task> _queue = new();
    private int _threads;
    private int _idle;
    private bool _ended;

    public override int MaximumConcurrencyLevel => most;

    /// <summary>Runs a loop on these threads.</summary>
    public Task Run(Func<Task> loop) => Task.Factory.StartNew(loop, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();

    protected override void QueueTask(Task task)
    {
        lock (_queue)
        {
            _queue.Enqueue(task);
            if (_idle >= _queue.Count || _threads == most)
            {
                Monitor.Pulse(_queue);
                return;
            }
            _threads++;
        }
        new Thread(Work) { IsBackground = true, Name = name }.Start();
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => Current == this && !taskWasPreviouslyQueued && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_queue) return [.. _queue];
    }

    private void Work()
    {
        Turns.Lengthen();
        while (Next() is { } task) TryExecuteTask(task);
    }

    private Task? Next()
    {
        lock (_queue)
        {
            Task? task;
            while (!_queue.TryDequeue(out task) && !_ended)
            {
                _idle++;
                Monitor.Wait(_queue);
                _idle--;
            }
            if (task is null) _threads--;
            return task;
        }
    }

    /// <summary>Lets the threads end once nothing is left to do.</summary>
    public void Dispose()
    {
        lock (_queue)
        {
            _ended = true;
            Monitor.PulseAll(_queue);
        }
    }
}
