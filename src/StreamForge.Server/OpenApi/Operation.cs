using System.Collections.Immutable;

namespace StreamForge.Server.OpenApi;

/// <summary>What OpenAPI says of one route.</summary>
/// <param name="Id">The operationId.</param>
/// <param name="Summary">One sentence without a full stop.</param>
/// <param name="Tag">The group that it is shown in.</param>
/// <param name="Answer">The answer with status 200.</param>
internal sealed record Operation(string Id, string Summary, string Tag, Content Answer)
{
    /// <summary>Parameters of path and query.</summary>
    public ImmutableArray<Parameter> Parameters { get; init; } = [];

    /// <summary>The schema of the request's JSON body; null for none.</summary>
    public string? Body { get; init; }

    /// <summary>Problem documents that it may answer with, other than 500.</summary>
    public ImmutableArray<int> Problems { get; init; } = [];

    /// <summary>The status of an answer that is not 200 and yet no problem document, with the same content.</summary>
    public int? OtherStatus { get; init; }
}

/// <param name="Type">The media type.</param>
/// <param name="Schema">A name among the component schemas; null for text.</param>
internal sealed record Content(string Type, string? Schema)
{
    public static Content Json(string schema) => new("application/json", schema);

    public static Content Text(string type) => new(type, null);
}

/// <param name="Schema">A name among the component schemas.</param>
internal sealed record Parameter(string Name, string In, string Schema, string Description, bool Required = false)
{
    public static Parameter Path(string name, string description) => new(name, "path", "Name", description, Required: true);

    public static Parameter Query(string name, string schema, string description, bool required = false) => new(name, "query", schema, description, required);
}
