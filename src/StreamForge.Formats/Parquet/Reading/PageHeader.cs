using StreamForge.Formats.Parquet.Thrift;

namespace StreamForge.Formats.Parquet.Reading;

/// <summary>The header of a page (parquet.thrift: PageHeader).</summary>
internal struct PageHeader
{
    public PageType Type;
    public int UncompressedBytes;
    public int CompressedBytes;
    public int Values;
    public PageEncoding Encoding;
    public PageEncoding DefinitionEncoding;
    public PageEncoding RepetitionEncoding;
    public int DefinitionBytes;
    public int RepetitionBytes;
    public bool IsCompressed;

    /// <summary>Reads a header; its length is where the reader stands afterwards.</summary>
    public static PageHeader Read(ref CompactReader reader)
    {
        var header = new PageHeader { IsCompressed = true, Type = (PageType)(-1), DefinitionEncoding = PageEncoding.Rle, RepetitionEncoding = PageEncoding.Rle };
        short id = 0;
        while (reader.Field(ref id, out var type))
        {
            switch (id)
            {
                case 1: header.Type = (PageType)reader.I32(type); break;
                case 2: header.UncompressedBytes = reader.I32(type); break;
                case 3: header.CompressedBytes = reader.I32(type); break;
                case 5: header.ReadData(ref reader, type); break;
                case 7: header.ReadDictionary(ref reader, type); break;
                case 8: header.ReadDataV2(ref reader, type); break;
                default: reader.Skip(type); break;
            }
        }
        if (header.UncompressedBytes < 0 || header.CompressedBytes < 0 || header.Values < 0 || header.DefinitionBytes < 0 || header.RepetitionBytes < 0)
            throw new DamagedParquetException("a page's header has a negative length");
        return header;
    }

    private void ReadData(ref CompactReader reader, CompactType outer)
    {
        reader.Struct(outer);
        short id = 0;
        while (reader.Field(ref id, out var type))
        {
            switch (id)
            {
                case 1: Values = reader.I32(type); break;
                case 2: Encoding = (PageEncoding)reader.I32(type); break;
                case 3: DefinitionEncoding = (PageEncoding)reader.I32(type); break;
                case 4: RepetitionEncoding = (PageEncoding)reader.I32(type); break;
                default: reader.Skip(type); break;
            }
        }
    }

    private void ReadDictionary(ref CompactReader reader, CompactType outer)
    {
        reader.Struct(outer);
        short id = 0;
        while (reader.Field(ref id, out var type))
        {
            switch (id)
            {
                case 1: Values = reader.I32(type); break;
                case 2: Encoding = (PageEncoding)reader.I32(type); break;
                default: reader.Skip(type); break;
            }
        }
    }

    private void ReadDataV2(ref CompactReader reader, CompactType outer)
    {
        reader.Struct(outer);
        short id = 0;
        while (reader.Field(ref id, out var type))
        {
            switch (id)
            {
                case 1: Values = reader.I32(type); break;
                case 4: Encoding = (PageEncoding)reader.I32(type); break;
                case 5: DefinitionBytes = reader.I32(type); break;
                case 6: RepetitionBytes = reader.I32(type); break;
                case 7: IsCompressed = reader.Bool(type); break;
                default: reader.Skip(type); break;
            }
        }
    }
}
