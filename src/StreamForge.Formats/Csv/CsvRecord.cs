using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace StreamForge.Formats.Csv;

/// <summary>A field of a record in its buffer. For a quoted field the range lies between the quotes.</summary>
/// <param name="Doubled">Holds doubled quotes, each of which stands for one.</param>
internal readonly record struct CsvField(int Start, int End, bool Quoted, bool Doubled);

/// <summary>
/// Cuts records into fields (RFC 4180; lines end with LF or CRLF). It steps from one comma, quote or line feed to the next, found 32 bytes at a time,
/// and knows only whether it stands in an open quoted field, after a closed one, or outside. A record that does not end in the buffer is read
/// again from its start when more is there. For one thread.
/// </summary>
internal sealed class CsvRecord
{
    private CsvField[] _fields = new CsvField[16];
    private int _count;

    public ReadOnlySpan<CsvField> Fields => _fields.AsSpan(0, _count);

    /// <summary>Reads the record at <paramref name="start"/>; parameters as in <see cref="IRecordReader.Read"/>. A row here is a record whose quotes are right.</summary>
    public RecordOutcome Read(ReadOnlySpan<byte> buffer, int start, int end, bool final, out int next, out string? reason)
    {
        _count = 0;
        reason = null;
        next = start;
        var specials = new Specials(buffer, start, end);
        var fieldStart = start;
        var quoteEnd = -1;
        var inQuotes = false;
        var doubled = false;
        string? garbage = null;
        while (true)
        {
            var at = specials.Next();
            if (at < 0)
            {
                if (!final) return RecordOutcome.Incomplete;
                next = end;
                if (inQuotes)
                {
                    reason = "a quoted field is not closed before the end";
                    return RecordOutcome.Unclosed;
                }
                EndLine(buffer, fieldStart, end, quoteEnd, doubled, ref garbage);
                break;
            }
            var c = buffer[at];
            if (inQuotes)
            {
                if (c != '"') continue;
                if (at + 1 < end && buffer[at + 1] == '"')
                {
                    doubled = true;
                    specials.Next();
                    continue;
                }
                if (at + 1 == end && !final) return RecordOutcome.Incomplete;
                inQuotes = false;
                quoteEnd = at;
            }
            else if (c == ',')
            {
                if (quoteEnd >= 0 && at != quoteEnd + 1) garbage ??= "text after a closing quote";
                Add(fieldStart, at, quoteEnd, doubled);
                fieldStart = at + 1;
                quoteEnd = -1;
                doubled = false;
            }
            else if (c == '\n')
            {
                next = at + 1;
                EndLine(buffer, fieldStart, at, quoteEnd, doubled, ref garbage);
                break;
            }
            else if (at == fieldStart)
            {
                inQuotes = true;
            }
            else
            {
                garbage ??= quoteEnd >= 0 ? "text after a closing quote" : "a quote inside a field that is not quoted";
            }
        }
        reason = garbage;
        if (garbage is not null) return RecordOutcome.Misfit;
        return _count == 1 && _fields[0] is { Quoted: false } only && only.Start == only.End ? RecordOutcome.Blank : RecordOutcome.Row;
    }

    private void EndLine(ReadOnlySpan<byte> buffer, int fieldStart, int at, int quoteEnd, bool doubled, ref string? garbage)
    {
        if (at > fieldStart && buffer[at - 1] == '\r') at--;
        if (quoteEnd >= 0 && at != quoteEnd + 1) garbage ??= "text after a closing quote";
        Add(fieldStart, at, quoteEnd, doubled);
    }

    private void Add(int start, int end, int quoteEnd, bool doubled)
    {
        if (_count == _fields.Length) Array.Resize(ref _fields, _count * 2);
        _fields[_count++] = quoteEnd < 0 ? new CsvField(start, end, Quoted: false, Doubled: false) : new CsvField(start + 1, quoteEnd, Quoted: true, doubled);
    }

    /// <summary>The places of commas, quotes and line feeds, in order.</summary>
    private ref struct Specials(ReadOnlySpan<byte> buffer, int start, int end)
    {
        private readonly ReadOnlySpan<byte> _buffer = buffer;
        private int _block = start - Vector256<byte>.Count;
        private uint _mask;

        /// <summary>The next place, or -1 when there is none before the end.</summary>
        public int Next()
        {
            while (_mask == 0)
            {
                _block += Vector256<byte>.Count;
                if (_block >= end) return -1;
                _mask = _block + Vector256<byte>.Count <= _buffer.Length ? BlockMask() : TailMask();
            }
            var at = _block + BitOperations.TrailingZeroCount(_mask);
            _mask &= _mask - 1;
            return at < end ? at : -1;
        }

        private readonly uint BlockMask()
        {
            var block = Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(_buffer), (nuint)_block);
            var found = Vector256.Equals(block, Vector256.Create((byte)',')) | Vector256.Equals(block, Vector256.Create((byte)'"'))
                | Vector256.Equals(block, Vector256.Create((byte)'\n'));
            return found.ExtractMostSignificantBits();
        }

        private readonly uint TailMask()
        {
            var mask = 0u;
            for (var i = _block; i < _buffer.Length; i++)
            {
                if (_buffer[i] is (byte)',' or (byte)'"' or (byte)'\n') mask |= 1u << (i - _block);
            }
            return mask;
        }
    }
}
