using System.Text.Encodings.Web;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Formats.Parquet.Thrift;

namespace StreamForge.Formats.Parquet.Reading;

/// <summary>A nested column, put together again as JSON text: rows and maps become objects, lists arrays; numbers keep all their digits, NaN and infinities are null, bytes base64, times RFC 3339.</summary>
internal sealed class NestedReader(ParquetColumn column, IReadOnlyDictionary<int, LeafRecords> leaves) : ColumnReader
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true, MaxDepth = 1000 };

    private readonly PooledBuffer _text = new();
    private readonly LeafRecords _first = leaves[JsonValues.FirstLeaf(column)];

    public override async ValueTask<Column> ReadAsync(int rows, CancellationToken cancellation)
    {
        foreach (var leaf in leaves.Values) await leaf.ReadAsync(rows, cancellation);
        var target = new BytesColumn(column.Type, rows);
        try
        {
            Assemble(target, rows);
            return target;
        }
        catch (DamagedParquetException damaged)
        {
            target.Release();
            throw _first.Damaged(damaged.Message);
        }
        catch
        {
            target.Release();
            throw;
        }
    }

    public override void Dispose()
    {
        foreach (var leaf in leaves.Values) leaf.Dispose();
        _text.Dispose();
    }

    private void Assemble(BytesColumn target, int rows)
    {
        using var json = new Utf8JsonWriter(_text, Options);
        for (var row = 0; row < rows; row++)
        {
            if (_first.Definition < column.MaxDefinition)
            {
                SkipAll(column);
                target.AppendNull();
            }
            else
            {
                _text.Clear();
                json.Reset(_text);
                Write(column, json);
                json.Flush();
                target.Append(_text.Written);
            }
            foreach (var leaf in leaves.Values)
            {
                if (leaf.Repetition != 0) throw new DamagedParquetException("the levels of a nested column do not fit together");
            }
        }
    }

    private void Write(ParquetColumn node, Utf8JsonWriter json)
    {
        var first = leaves[JsonValues.FirstLeaf(node)];
        if (first.Definition < node.MaxDefinition)
        {
            SkipAll(node);
            json.WriteNullValue();
            return;
        }
        switch (node.Type.Kind)
        {
            case TypeKind.Row:
                json.WriteStartObject();
                foreach (var child in node.Children)
                {
                    json.WritePropertyName(child.Name);
                    Write(child, json);
                }
                json.WriteEndObject();
                break;
            case TypeKind.Array:
                json.WriteStartArray();
                WriteElements(node, first, json);
                json.WriteEndArray();
                break;
            case TypeKind.Map:
                json.WriteStartObject();
                WriteElements(node, first, json);
                json.WriteEndObject();
                break;
            default:
                JsonValues.Write(first.Values!, first.Next(), json);
                break;
        }
    }

    private void WriteElements(ParquetColumn node, LeafRecords first, Utf8JsonWriter json)
    {
        if (first.Definition < node.ElementDefinition)
        {
            SkipAll(node);
            return;
        }
        do
        {
            if (node.Type.Kind == TypeKind.Array)
            {
                Write(node.Children[0], json);
                continue;
            }
            WriteKey(node.Children[0], json);
            Write(node.Children[1], json);
        }
        while (first.Repetition == node.ElementRepetition);
    }

    private void WriteKey(ParquetColumn key, Utf8JsonWriter json)
    {
        if (key.Storage is null) throw new DamagedParquetException("a map whose keys are nested is not supported yet");
        var leaf = leaves[key.Leaf];
        if (leaf.Definition < key.MaxDefinition) throw new DamagedParquetException("a map has a key that is null");
        json.WritePropertyName(JsonValues.Text(leaf.Values!, leaf.Next()));
    }

    private void SkipAll(ParquetColumn node)
    {
        if (node.Storage is not null) leaves[node.Leaf].Skip();
        else foreach (var child in node.Children) SkipAll(child);
    }
}
