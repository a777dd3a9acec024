using System.Globalization;
using StreamForge.Core;

namespace StreamForge.Server.Lookup;

/// <summary>The parameters that choose a page of a list: <c>limit</c>, <c>cursor</c>, <c>order</c>.</summary>
/// <param name="Limit">Items at most.</param>
/// <param name="Cursor">Where the page before ended; null for the first page.</param>
/// <param name="NewestFirst">Whether the list goes backwards.</param>
internal readonly record struct PageQuery(int Limit, long? Cursor, bool NewestFirst)
{
    public const int DefaultLimit = 100;
    public const int MaxLimit = 1000;

    /// <exception cref="StreamForgeException">A parameter is unknown or out of its range.</exception>
    public static PageQuery Parse(string query)
    {
        var page = new PageQuery(DefaultLimit, null, false);
        for (var parameters = new QueryText(query); parameters.Read();)
        {
            if (parameters.NameIs("cursor")) page = page with { Cursor = ParseCursor(QueryText.Decode(parameters.Value)) };
            else if (parameters.NameIs("order")) page = page with { NewestFirst = IsNewest(QueryText.Decode(parameters.Value)) };
            else page = page with { Limit = ParseLimit(parameters, MaxLimit, "limit, cursor or order") };
        }
        return page;
    }

    /// <summary>Refuses every parameter.</summary>
    public static void RefuseAny(string query, string what)
    {
        var parameters = new QueryText(query);
        if (parameters.Read()) throw new StreamForgeException(ErrorKind.InvalidArgument, $"unknown parameter {QueryText.Decode(parameters.Name)}; {what} takes none");
    }

    /// <summary>Reads the one parameter of a list that has no pages.</summary>
    public static int LimitOnly(in QueryText parameter, int max) => ParseLimit(parameter, max, "limit");

    private static int ParseLimit(in QueryText parameter, int max, string known)
    {
        if (!parameter.NameIs("limit")) throw new StreamForgeException(ErrorKind.InvalidArgument, $"unknown parameter {QueryText.Decode(parameter.Name)}; write {known}");
        var text = QueryText.Decode(parameter.Value);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit >= 1 && limit <= max
            ? limit
            : throw new StreamForgeException(ErrorKind.InvalidArgument, $"limit={text} is not a number from 1 to {max}");
    }

    private static long ParseCursor(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var cursor)
        ? cursor
        : throw new StreamForgeException(ErrorKind.InvalidArgument, $"cursor={text} is none; write the text that 'next' of the page before had");

    private static bool IsNewest(string text) => text switch
    {
        "newest" => true,
        "oldest" => false,
        _ => throw new StreamForgeException(ErrorKind.InvalidArgument, $"order={text} is unknown; write oldest or newest"),
    };
}
