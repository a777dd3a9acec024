using Npgsql;
using NpgsqlTypes;
using StreamForge.Cluster.Ports;
using StreamForge.Postgres.Connections;

namespace StreamForge.Postgres.Keys;

/// <summary>Writes that go into one statement, as a column for each array: all of them updates, or all of them inserts, in order of view and key.</summary>
internal sealed class KeyRun
{
    /// <summary>The most keys of a statement, and the bytes at which it is long enough.</summary>
    public const int MostKeys = 4096, EnoughBytes = 8 << 20;

    private readonly int[] _views;
    private readonly byte[][] _keys, _contents;
    private readonly Guid[] _writers;
    private readonly long[] _newest, _expected;
    private readonly long?[] _due;
    private readonly short[] _groups;

    /// <param name="writes">All writes of the call.</param>
    /// <param name="members">Which of them go into this statement.</param>
    /// <param name="views">The views' ids in the database.</param>
    public KeyRun(IReadOnlyList<KeyWrite> writes, ReadOnlyMemory<int> members, int[] views)
    {
        Members = members;
        var order = members.Span;
        IsInsert = writes[order[0]].Expected == 0;
        _views = new int[order.Length];
        _keys = new byte[order.Length][];
        _contents = new byte[order.Length][];
        _writers = new Guid[order.Length];
        _newest = new long[order.Length];
        _due = new long?[order.Length];
        _expected = IsInsert ? [] : new long[order.Length];
        _groups = IsInsert ? new short[order.Length] : [];
        for (var i = 0; i < order.Length; i++)
        {
            var write = writes[order[i]];
            _views[i] = views[write.Id.View];
            _keys[i] = write.Id.Key;
            _writers[i] = write.Writer;
            _newest[i] = write.NewestEvent;
            _due[i] = write.Due;
            _contents[i] = write.Content;
            if (IsInsert) _groups[i] = (short)write.Id.Group;
            else _expected[i] = write.Expected;
        }
    }

    /// <summary>Indexes of its writes, in their order.</summary>
    public ReadOnlyMemory<int> Members { get; }

    public bool IsInsert { get; }

    public NpgsqlBatchCommand Command(KeyStatements statements)
    {
        var command = new NpgsqlBatchCommand(IsInsert ? statements.Insert : statements.Update);
        Add(command, _views, NpgsqlDbType.Integer);
        Add(command, _keys, NpgsqlDbType.Bytea);
        Add(command, _writers, NpgsqlDbType.Uuid);
        Add(command, _newest, NpgsqlDbType.Bigint);
        Add(command, _due, NpgsqlDbType.Bigint);
        Add(command, _contents, NpgsqlDbType.Bytea);
        if (IsInsert) Add(command, _groups, NpgsqlDbType.Smallint);
        else Add(command, _expected, NpgsqlDbType.Bigint);
        return command;
    }

    /// <summary>Notes in <paramref name="written"/> what the statement says it has written.</summary>
    public async ValueTask ReadAsync(NpgsqlDataReader reader, bool[] written, CancellationToken cancellation)
    {
        // An insert answers in the order in which it was given its rows, with those left out that were there: the two sequences are walked side by side.
        var next = 0;
        while (await reader.ReadAsync(cancellation))
        {
            if (!IsInsert)
            {
                written[Members.Span[(int)reader.GetInt64(0) - 1]] = true;
                continue;
            }
            var (view, key) = (reader.GetInt32(0), reader.Bytes(1));
            while (_views[next] != view || !_keys[next].AsSpan().SequenceEqual(key)) next++;
            written[Members.Span[next++]] = true;
        }
    }

    /// <summary>
    /// Cuts writes into statements, updates before inserts (<see cref="KeyOrder"/>): a row that one writer inserts is none that another updates, and the other way round, so that they wait in one direction only.
    /// </summary>
    public static IEnumerable<KeyRun> Cut(IReadOnlyList<KeyWrite> writes, int[] views)
    {
        var order = KeyOrder.Of(writes.Count, i => writes[i].Id, i => writes[i].Expected == 0, views);
        for (var from = 0; from < order.Length;)
        {
            var bytes = 0L;
            var to = from;
            while (to < order.Length && to - from < MostKeys && bytes < EnoughBytes && (writes[order[to]].Expected == 0) == (writes[order[from]].Expected == 0))
            {
                if (to > from && writes[order[to]].Id == writes[order[to - 1]].Id) throw new ArgumentException("a key stands twice among the writes of one call", nameof(writes));
                bytes += writes[order[to++]].Content.Length;
            }
            yield return new KeyRun(writes, order.AsMemory(from, to - from), views);
            from = to;
        }
    }

    private static void Add<T>(NpgsqlBatchCommand command, T[] column, NpgsqlDbType type) =>
        command.Parameters.Add(new NpgsqlParameter<T[]> { TypedValue = column, NpgsqlDbType = NpgsqlDbType.Array | type });
}
