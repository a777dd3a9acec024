using System.Buffers;
using System.Text;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Server.Lookup;

/// <summary>
/// The canonical keys of a request's entities: for each entity one a selected view, all in one piece of rented memory. Every entity is checked
/// before anything is read, so that a request is answered whole or not at all.
/// </summary>
internal sealed class EntityKeys : IDisposable
{
    /// <summary>How many entities one request may name.</summary>
    public const int MaxEntities = 10_000;

    private readonly FeatureSelection _selection;
    private readonly (int Start, int Length)[] _values;
    private readonly List<int> _ends = [];
    private byte[] _text = ArrayPool<byte>.Shared.Rent(256);
    private byte[] _keys = ArrayPool<byte>.Shared.Rent(4096);
    private int _textLength;
    private int _keysLength;

    private EntityKeys(FeatureSelection selection)
    {
        _selection = selection;
        _values = new (int, int)[selection.Columns.Length];
    }

    /// <summary>Entities.</summary>
    public int Count { get; private set; }

    /// <summary>The key of one entity in one of the selected views.</summary>
    public ReadOnlySpan<byte> this[int entity, int view]
    {
        get
        {
            var i = entity * _selection.Views.Length + view;
            var start = i == 0 ? 0 : _ends[i - 1];
            return _keys.AsSpan(start, _ends[i] - start);
        }
    }

    /// <exception cref="RequestException">An entity is no object, lacks a key column, has another, or a value is not of its column's type; the sentence names the entity's index.</exception>
    public static EntityKeys Read(FeatureRequest request, FeatureSelection selection)
    {
        var keys = new EntityKeys(selection);
        try
        {
            keys.ReadAll(request);
            return keys;
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_text);
        ArrayPool<byte>.Shared.Return(_keys);
        _text = _keys = [];
    }

    private void ReadAll(FeatureRequest request)
    {
        var array = request.Body.Span[request.EntitiesStart..];
        var json = new Utf8JsonReader(array, isFinalBlock: false, default);
        json.Read();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)json.TokenStartIndex;
            if (Count == MaxEntities) throw Misfit(request, start, $"more than {MaxEntities} entities in one request; send several requests");
            if (json.TokenType != JsonTokenType.StartObject) throw Misfit(request, start, $"entities[{Count}] must be an object with {Needed()}");
            ReadValues(request, ref json);
            Encode(request, start);
            Count++;
        }
    }

    private void ReadValues(FeatureRequest request, ref Utf8JsonReader json)
    {
        _textLength = 0;
        _values.AsSpan().Fill((0, -1));
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var column = 0;
            while (column < _values.Length && !json.ValueTextEquals(_selection.Columns[column])) column++;
            if (column == _values.Length)
            {
                var name = request.Text(json, request.EntitiesStart);
                throw Misfit(request, (int)json.TokenStartIndex, $"entities[{Count}] has an unknown column '{name}'; it needs {Needed()}");
            }
            if (_values[column].Length >= 0) throw Misfit(request, (int)json.TokenStartIndex, $"entities[{Count}] has {_selection.Columns[column]} twice");
            json.Read();
            _values[column] = (_textLength, CopyValue(request, json, column));
            _textLength += _values[column].Length;
        }
    }

    /// <summary>Copies a scalar's text behind the others.</summary>
    private int CopyValue(FeatureRequest request, in Utf8JsonReader json, int column)
    {
        Reserve(ref _text, _textLength, json.ValueSpan.Length);
        switch (json.TokenType)
        {
            case JsonTokenType.String when json.ValueIsEscaped:
                request.Text(json, request.EntitiesStart);
                return json.CopyString(_text.AsSpan(_textLength));
            case JsonTokenType.String or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False:
                json.ValueSpan.CopyTo(_text.AsSpan(_textLength));
                return json.ValueSpan.Length;
            default:
                var what = json.TokenType == JsonTokenType.Null ? "null" : "no string, number or boolean";
                throw Misfit(request, (int)json.TokenStartIndex, $"entities[{Count}]: {_selection.Columns[column]} is {what}");
        }
    }

    private void Encode(FeatureRequest request, int start)
    {
        foreach (var view in _selection.Views)
        {
            var entity = view.Document.View.Entity;
            for (var i = 0; i < entity.Length; i++)
            {
                var (at, length) = _values[view.Columns[i]];
                if (length < 0) throw Misfit(request, start, $"entities[{Count}] lacks {entity[i].Name}, a key column of {view.Document.View.Name}");
                Reserve(ref _keys, _keysLength, length + 18);
                var text = _text.AsSpan(at, length);
                if (!KeyCodec.TryWriteText(entity[i].Type, text, _keys.AsSpan(_keysLength), out var written))
                    throw Misfit(request, start, $"entities[{Count}]: {entity[i].Name}={Encoding.UTF8.GetString(text)} is no {entity[i].Type}");
                _keysLength += written;
            }
            _ends.Add(_keysLength);
        }
    }

    private string Needed() => string.Join(", ", _selection.Columns);

    private static RequestException Misfit(FeatureRequest request, int offset, string sentence) =>
        request.Fault(request.EntitiesStart + offset, sentence);

    private static void Reserve(ref byte[] buffer, int used, int more)
    {
        if (buffer.Length - used >= more) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(used + more, buffer.Length * 2));
        buffer.AsSpan(0, used).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}
