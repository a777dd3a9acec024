using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Pipeline.States;

/// <summary>Writes a state file (<see cref="StateFormat"/>). One thread. What was written is one only after <see cref="Complete"/>.</summary>
public sealed class StateWriter
{
    private readonly Stream _target;
    private readonly ArrayBufferWriter<byte> _block = new(StateFormat.BlockBytes + 4096);
    private StateBlock _kind = StateBlock.Header;
    private uint _number;

    /// <param name="target">Stays the caller's.</param>
    public StateWriter(Stream target, StateHeader header)
    {
        ArgumentNullException.ThrowIfNull(target);
        _target = target;
        target.Write(StateFormat.Magic);
        Span<byte> format = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(format, StateFormat.Current);
        target.Write(format);
        Begin(StateBlock.Header);
        _block.Write(JsonSerializer.SerializeToUtf8Bytes(header, StateFormat.Json));
    }

    /// <summary>What has been added.</summary>
    public StateCounts Counts { get; private set; }

    /// <summary>Adds a record: first all windows, then all keys, then all images, then all entries of ledgers.</summary>
    public void Add(StateRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        var kind = record switch { WindowsRecord => StateBlock.Windows, KeyRecord => StateBlock.Keys, ImageRecord => StateBlock.Images, _ => StateBlock.Ledgers };
        if (kind.Place() < _kind.Place()) throw new InvalidOperationException($"{kind} come before {_kind} in a state file.");
        if (kind != _kind || _block.WrittenCount >= StateFormat.BlockBytes) Begin(kind);
        switch (record)
        {
            case WindowsRecord windows:
                Int32(windows.View);
                Bytes(windows.Key);
                Byte(windows.Due is null ? (byte)0 : (byte)1);
                Int64(windows.Due ?? 0);
                Int32(windows.Windows.Length);
                foreach (var window in windows.Windows)
                {
                    Int32(window.Window);
                    Int64(window.Start);
                    Int32(window.Revision);
                    Int64((long)window.Digest);
                    Byte(window.IsChanged ? (byte)1 : (byte)0);
                }
                break;
            case KeyRecord key:
                Int32(key.View);
                Bytes(key.State);
                break;
            case ImageRecord image:
                Int32(image.Partition);
                Bytes(image.Key);
                Bytes(image.Image);
                break;
            case LedgerRecord entry:
                Byte((byte)entry.Ledger);
                Bytes(Encoding.UTF8.GetBytes(entry.Json));
                break;
        }
        Counts = Counts.Plus(record);
    }

    /// <summary>Writes what is left, and the end.</summary>
    public void Complete()
    {
        Begin(StateBlock.End);
        foreach (var count in (ReadOnlySpan<long>)[Counts.Keys, Counts.Windows, Counts.DeadLetters, Counts.Late, Counts.Images]) Int64(count);
        Flush();
        _target.Flush();
    }

    private void Begin(StateBlock kind)
    {
        Flush();
        _kind = kind;
        Byte((byte)kind);
        Int32((int)_number++);
    }

    private void Flush()
    {
        if (_block.WrittenCount == 0) return;
        Span<byte> frame = stackalloc byte[StateFormat.FrameBytes];
        BinaryPrimitives.WriteInt32LittleEndian(frame, _block.WrittenCount);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[sizeof(uint)..], XxHash64.Hash(_block.WrittenSpan));
        _target.Write(frame);
        _target.Write(_block.WrittenSpan);
        _block.ResetWrittenCount();
    }

    private void Byte(byte value) => _block.Write([value]);

    private void Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_block.GetSpan(sizeof(int)), value);
        _block.Advance(sizeof(int));
    }

    private void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_block.GetSpan(sizeof(long)), value);
        _block.Advance(sizeof(long));
    }

    private void Bytes(ReadOnlySpan<byte> value)
    {
        Int32(value.Length);
        _block.Write(value);
    }
}
