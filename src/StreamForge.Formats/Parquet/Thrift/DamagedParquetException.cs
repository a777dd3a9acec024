namespace StreamForge.Formats.Parquet.Thrift;

/// <summary>Bytes are not what the format says. Whoever knows the place turns it into the error that users see.</summary>
internal sealed class DamagedParquetException(string sentence) : Exception(sentence);
