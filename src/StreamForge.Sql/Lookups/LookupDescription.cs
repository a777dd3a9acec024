using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Sql.Lookups;

/// <summary>What is known of a lookup table without its rows.</summary>
/// <param name="Name">As the pipeline file calls it.</param>
/// <param name="File">The file's name, without its folder.</param>
/// <param name="Schema">All columns.</param>
/// <param name="Key">The columns by which rows are found, each in <paramref name="Schema"/>; no two rows have the same values in them.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Bytes">Uncompressed bytes of the file.</param>
/// <param name="Hash">SHA-256 of those bytes, in lower-case hexadecimal.</param>
public sealed record LookupDescription(string Name, string File, Schema Schema, ImmutableArray<string> Key, long Rows, long Bytes, string Hash);
