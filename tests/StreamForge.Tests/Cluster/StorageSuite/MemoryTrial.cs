using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Storage;
using StreamForge.Core;
using StreamForge.Testing.Cluster.Storage;
using StreamForge.Testing.Cluster.StorageSuite;

namespace StreamForge.Tests.Cluster.StorageSuite;

/// <summary>The storage of a node that has no database.</summary>
internal sealed class MemoryTrial : StorageTrial
{
    private readonly MemoryPipelineStorage _storage = new();

    public override ValueTask<IPipelineStorage> OpenAsync() => new(_storage);

    public override ValueTask<FragileStorage> OpenFragileAsync() => new(new Fragile(new Connection(_storage)));

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Fragile(Connection connection) : FragileStorage(connection)
    {
        public override void LoseNextAnswer() => connection.LosesAnswer = true;

        public override void LoseNextRequest() => connection.LosesRequest = true;
    }

    private sealed class Connection(IPipelineStorage storage) : StorageLine(storage)
    {
        public bool LosesAnswer { get; set; }

        public bool LosesRequest { get; set; }

        protected override async ValueTask<T> ReadAsync<T>(Func<ValueTask<T>> read)
        {
            if (LosesRequest) throw Lost();
            var answer = await read();
            return LosesAnswer ? throw Lost() : answer;
        }

        protected override ValueTask<T> WriteAsync<T>(Func<ValueTask<T>> write) => ReadAsync(write);

        private StreamForgeException Lost()
        {
            LosesAnswer = LosesRequest = false;
            return new StreamForgeException(ErrorKind.Unavailable, "the connection is lost", retryable: true);
        }
    }
}
