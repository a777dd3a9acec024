using StreamForge.Core;
using StreamForge.Formats;
using StreamForge.Formats.Csv;

namespace StreamForge.Connectors.Files;

/// <summary>Decodes one file of a source, from a byte on, into batches. For one thread.</summary>
/// <param name="records">Reads one record; a <see cref="CsvReader"/> is first given the file's header.</param>
/// <param name="resumeAt">The uncompressed byte to begin at; 0 for the beginning.</param>
internal sealed class SegmentDecoder(
    OpenSegment segment, BatchOrigin origin, IRecordReader records, IBatchBuilder batch, int maxRows, long resumeAt) : IDisposable
{
    private const string TooLong = "the record is longer than 16 MiB";
    private const string NeverClosed = "a quoted field is not closed within 16 MiB";

    private bool _begun;
    private bool _ended;
    private long _counted;
    private (long Position, byte[] Raw)? _longRecord;

    public OpenSegment Segment => segment;

    /// <summary>Whether bytes were missing before <c>resumeAt</c>.</summary>
    public bool IsShort { get; private set; }

    /// <summary>Where a reader that starts anew goes on.</summary>
    public long Position => !_begun ? resumeAt : _longRecord?.Position ?? segment.Position;

    /// <summary>Reads on until there is a batch.</summary>
    /// <param name="final">Nothing can follow what is there: a last record needs no line end.</param>
    /// <returns>null when everything that is there has been decoded.</returns>
    public SourceBatch? Read(bool final, CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (IsShort) return null;
            if ((_begun || Begin(cancellation)) && Decode() is { } decoded) return decoded;
            if (IsShort || segment.Fill() > 0) continue;
            if (!final || _ended || segment.Input.Damage is not null)
            {
                IsShort = !_begun && resumeAt > 0;
                return null;
            }
            _ended = true;
        }
    }

    /// <summary>Ends a file whose data is damaged: one dead letter with what could not be decoded before the damage.</summary>
    public SourceBatch EndDamaged()
    {
        var (position, raw) = _longRecord ?? (segment.Position, segment.Rest.ToArray());
        batch.Begin(origin, segment.Bytes, 0);
        batch.AddDeadLetter(position, segment.Input.Damage!, raw);
        segment.Consume(segment.End);
        return batch.Build(new PartitionCursor(origin.Segment, segment.Position, FilesReader.Done), CountBytes(), release: null);
    }

    public void Dispose() => segment.Dispose();

    /// <summary>Reads what stands before the records and goes to where reading begins; false while more of the file is needed for that.</summary>
    private bool Begin(CancellationToken cancellation)
    {
        if (segment.Position == 0 && segment.Rest.Length < 3 && !_ended) return false;
        segment.SkipByteOrderMark();
        if (records is CsvReader csv)
        {
            var names = segment.ReadHeader(_ended);
            if (names.IsDefault) return false;
            if (csv.UseHeader(names) is { } wrong) throw segment.BadHeader(wrong);
        }
        if (resumeAt > segment.Position && !segment.TrySkipTo(resumeAt, cancellation))
        {
            IsShort = true;
            return false;
        }
        _counted = segment.Position;
        return _begun = true;
    }

    private SourceBatch? Decode()
    {
        if (segment.Start == segment.End && !(_ended && _longRecord is not null)) return null;
        batch.Begin(origin, segment.Bytes, maxRows);
        while (batch.Count < maxRows && Step())
        {
        }
        if (batch.Count == 0) return null;
        return batch.Build(new PartitionCursor(origin.Segment, Position), CountBytes(), segment.Share());
    }

    /// <summary>Takes one record; false when there is no whole one.</summary>
    private bool Step()
    {
        if (_longRecord is { } begun) return EndLongRecord(begun.Position, begun.Raw);
        if (segment.Start == segment.End) return false;
        var start = segment.Start;
        var outcome = records.Read(segment.Bytes, start, segment.End, _ended, out var next, out var reason);
        switch (outcome)
        {
            case RecordOutcome.Row:
                batch.AddRow(segment.Position, start, ContentEnd(start, next));
                if (reason is not null) goto case RecordOutcome.Misfit;
                break;
            case RecordOutcome.Misfit:
                batch.AddDeadLetter(segment.Position, reason!, segment.Bytes.AsSpan(start, ContentEnd(start, next) - start));
                break;
            case RecordOutcome.Incomplete when segment.Rest.Length < OpenSegment.MaxRecordBytes:
                return false;
            case RecordOutcome.Incomplete or RecordOutcome.Unclosed:
                return GiveUp(reason);
            default:
                break;
        }
        segment.Consume(next);
        return true;
    }

    /// <summary>Gives a record up at its first line end; where that is not in memory, keeps the record's beginning and lets the rest go by.</summary>
    private bool GiveUp(string? reason)
    {
        var lineFeed = segment.Rest.IndexOf((byte)'\n');
        if (lineFeed < 0 && !_ended)
        {
            _longRecord = (segment.Position, segment.Rest[..DeadLetter.MaxRawBytes].ToArray());
            segment.Consume(segment.End);
            return false;
        }
        var next = lineFeed < 0 ? segment.End : segment.Start + lineFeed + 1;
        batch.AddDeadLetter(segment.Position, reason ?? NeverClosed, segment.Bytes.AsSpan(segment.Start, ContentEnd(segment.Start, next) - segment.Start));
        segment.Consume(next);
        return true;
    }

    private bool EndLongRecord(long position, byte[] raw)
    {
        var lineFeed = segment.Rest.IndexOf((byte)'\n');
        segment.Consume(lineFeed < 0 ? segment.End : segment.Start + lineFeed + 1);
        if (lineFeed < 0 && !_ended) return false;
        batch.AddDeadLetter(position, TooLong, raw);
        _longRecord = null;
        return true;
    }

    /// <summary>Where a record's bytes end without its line end.</summary>
    private int ContentEnd(int start, int next)
    {
        if (next > start && segment.Bytes[next - 1] == '\n') next--;
        if (next > start && segment.Bytes[next - 1] == '\r') next--;
        return next;
    }

    private long CountBytes()
    {
        var bytes = segment.Position - _counted;
        _counted = segment.Position;
        return bytes;
    }
}
