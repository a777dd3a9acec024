using System.Buffers;
using System.Globalization;
using StreamForge.Core;
using StreamForge.Formats;
using StreamForge.Formats.Json;

namespace StreamForge.Connectors.Clickstream;

/// <summary>Reads the generator's lines, when they are due, through the JSON decoder that any other source's lines take.</summary>
internal sealed class ClickstreamReader : IPartitionReader
{
    private const int MaxBatch = 16_384;

    /// <summary>The decoder's spare after the last line.</summary>
    private const int Spare = 32;

    /// <summary>A paced stream is read in batches of at least this much time, so that a batch is worth its cost.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(100);

    private readonly ClickstreamGenerator _generator;
    private readonly ClickstreamOptions _stream;
    private readonly string _state;
    private readonly bool _paced;
    private readonly long _end;
    private readonly TimeProvider _clock;
    private readonly JsonRows _rows;
    private readonly BatchOrigin _origin;
    private readonly int[] _lineEnds;
    private readonly long[] _positions;

    public ClickstreamReader(
        PartitionId partition, ClickstreamOptions stream, long firstStart, long next, bool paced, long? events, ReadRequest request, TimeProvider clock)
    {
        Partition = partition;
        _stream = stream;
        _state = firstStart.ToString(CultureInfo.InvariantCulture);
        _paced = paced;
        _end = events ?? long.MaxValue;
        _clock = clock;
        _generator = new ClickstreamGenerator(stream);
        _generator.MoveTo(next);
        _rows = new JsonRows(request.Columns, DecodeOptions.Default);
        _origin = new BatchOrigin(partition, "");
        var rows = Math.Min(request.MaxRows, MaxBatch);
        _lineEnds = new int[rows];
        _positions = new long[rows];
    }

    public PartitionId Partition { get; }

    public double? Progress => _end == long.MaxValue ? null : (double)_generator.Sequence / _end;

    public async ValueTask<ReadResult> ReadAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_generator.Sequence >= _end) return ReadResult.Finished;
        var due = Due();
        if (due < _lineEnds.Length && _generator.Sequence + due < _end)
        {
            await Task.Delay(Wait(), _clock, cancellation);
            due = Due();
        }
        return due == 0 ? ReadResult.Nothing : ReadResult.Of(Take(due));
    }

    public ValueTask DisposeAsync() => default;

    /// <summary>How many events there are now, at most a batch of them.</summary>
    private int Due()
    {
        var left = _end - _generator.Sequence;
        if (_paced) left = Math.Min(left, (long)((EventTime.Now(_clock) - _stream.StartMicros) / _stream.Interval) - _generator.Sequence);
        return (int)Math.Clamp(left, 0, _lineEnds.Length);
    }

    /// <summary>Until the next event is due, but not so short that it would come alone, nor longer than a reader may wait.</summary>
    private TimeSpan Wait()
    {
        var next = TimeSpan.FromMicroseconds(Math.Min(_stream.Interval, LongestWait.TotalMicroseconds));
        return next < Beat ? Beat : next;
    }

    private SourceBatch Take(int count)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(count * ClickstreamGenerator.MaxLineBytes + Spare);
        var length = 0;
        for (var i = 0; i < count; i++)
        {
            _positions[i] = _generator.Sequence;
            length += _generator.WriteNext(buffer.AsSpan(length));
            _lineEnds[i] = length;
        }
        var next = new PartitionCursor("", _generator.Sequence, _state);
        return _rows.DecodeLines(_origin, buffer, _lineEnds.AsSpan(0, count), _positions.AsSpan(0, count), next, () => ArrayPool<byte>.Shared.Return(buffer));
    }
}
