namespace StreamForge.Testing.Cluster.World;

/// <summary>
/// Something that has turns of its own, one at a time and in order: an activation, a silo's service. Tasks started on it, and what follows their awaits, come back to it. When it is killed, the turns that it
/// still had are never run, as when a process ends at any await.
/// </summary>
/// <param name="world">Where it lives.</param>
/// <param name="name">For traces.</param>
public sealed class SimulatedActor(SimulatedWorld world, string name) : TaskScheduler
{
    private readonly Queue<Task> _turns = new();

    public string Name { get; } = name;

    public long Number { get; } = world.NextNumber();

    public bool IsDead { get; private set; }

    internal bool HasTurns => _turns.Count > 0;

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Starts something as a turn of this actor.</summary>
    public Task<T> RunAsync<T>(Func<ValueTask<T>> work) => Task.Factory.StartNew(() => work().AsTask(), CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();

    /// <summary>Starts something as a turn of this actor.</summary>
    public Task RunAsync(Func<Task> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();

    /// <summary>Ends it here and now.</summary>
    public void Kill()
    {
        if (IsDead) return;
        IsDead = true;
        if (_turns.Count > 0) world.Forget(this);
        _turns.Clear();
    }

    internal void RunTurn()
    {
        world.Current = this;
        try
        {
            TryExecuteTask(_turns.Dequeue());
        }
        finally
        {
            world.Current = null;
        }
    }

    protected override void QueueTask(Task task)
    {
        world.AssertThread($"a turn of {Name}");
        if (IsDead) return;
        _turns.Enqueue(task);
        if (_turns.Count == 1 && world.Current != this) world.Ready(this);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => !taskWasPreviouslyQueued && !IsDead && world.Current == this && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => _turns;
}
