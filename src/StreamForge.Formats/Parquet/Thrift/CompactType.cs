namespace StreamForge.Formats.Parquet.Thrift;

/// <summary>
/// Types of Thrift's compact protocol (thrift-compact-protocol.md). Integers are zigzag varints; a field's header is a byte of the difference to the id before it and its type,
/// or the type and the id as a varint where the difference is more than 15; a struct ends with a zero byte; the value of a boolean field is in its type.
/// </summary>
internal enum CompactType : byte
{
    Stop = 0,
    True = 1,
    False = 2,
    I8 = 3,
    I16 = 4,
    I32 = 5,
    I64 = 6,
    Double = 7,
    Binary = 8,
    List = 9,
    Set = 10,
    Map = 11,
    Struct = 12,
    Uuid = 13,
}
