using System.Buffers;
using System.Runtime.InteropServices;

namespace StreamForge.Embedded.Shards;

/// <summary>States one after another in rented memory: <c>i32 length, bytes</c> each. One thread at a time; whoever has it releases it.</summary>
internal sealed class StateBuffer(int capacity = StateBuffer.Bytes)
{
    /// <summary>What a buffer usually holds.</summary>
    public const int Bytes = 256 * 1024;

    private byte[] _data = ArrayPool<byte>.Shared.Rent(capacity);
    private int _used;

    public bool IsEmpty => _used == 0;

    /// <summary>Takes a state; false when there is no room for it.</summary>
    public bool TryAdd(ReadOnlySpan<byte> state)
    {
        if (_data.Length - _used < sizeof(int) + state.Length) return false;
        Write(state);
        return true;
    }

    /// <summary>Takes a state, and more memory when it must.</summary>
    public void Add(ReadOnlySpan<byte> state)
    {
        if (_data.Length - _used < sizeof(int) + state.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_data.Length * 2, _used + sizeof(int) + state.Length));
            _data.AsSpan(0, _used).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_data);
            _data = larger;
        }
        Write(state);
    }

    private void Write(ReadOnlySpan<byte> state)
    {
        MemoryMarshal.Write(_data.AsSpan(_used), state.Length);
        state.CopyTo(_data.AsSpan(_used + sizeof(int)));
        _used += sizeof(int) + state.Length;
    }

    public void Clear() => _used = 0;

    public Enumerator GetEnumerator() => new(_data.AsSpan(0, _used));

    /// <summary>Gives the memory back.</summary>
    public void Release()
    {
        ArrayPool<byte>.Shared.Return(_data);
        _data = [];
        _used = 0;
    }

    /// <summary>The states in the order in which they came.</summary>
    public ref struct Enumerator(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        public ReadOnlySpan<byte> Current { get; private set; }

        public bool MoveNext()
        {
            if (_rest.IsEmpty) return false;
            var length = MemoryMarshal.Read<int>(_rest);
            Current = _rest.Slice(sizeof(int), length);
            _rest = _rest[(sizeof(int) + length)..];
            return true;
        }
    }
}
