namespace StreamForge.Core;

/// <summary>
/// Where a change stands in its database's log, so that a change that comes twice is known. Numbers compare one after another; positions of different <paramref name="Scope"/> do not compare at all.
/// <para>
/// PostgreSQL: <c>source.sequence</c>, the commit's lsn (null as 0) and the record's. MySQL and MariaDB: the number of the gtid, whose server or domain is the scope, else the number of the binlog file; then
/// pos, row. A source that says none of these has <see cref="None"/>.
/// </para>
/// </summary>
/// <param name="Scope">A hash of what the numbers are counted in; 0 where there is one only.</param>
public readonly record struct SourcePosition(ulong Scope, ulong Major, ulong Minor, ulong Row) : IComparable<SourcePosition>
{
    public static SourcePosition None => default;

    public bool IsNone => this == None;

    public int CompareTo(SourcePosition other) =>
        Major != other.Major ? Major.CompareTo(other.Major) : Minor != other.Minor ? Minor.CompareTo(other.Minor) : Row.CompareTo(other.Row);
}
