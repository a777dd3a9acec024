using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using StreamForge.Server.Http;

namespace StreamForge.Server.OpenApi;

/// <summary>
/// The route table as an OpenAPI 3.1 document. Paths, methods and parameters come from the table; the shapes of bodies are JSON Schemas in <c>schemas.json</c>.
/// </summary>
internal static class OpenApiDocument
{
    private const string Schemas = "StreamForge.Server.OpenApi.schemas.json";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static byte[] Write(ImmutableArray<Route> routes)
    {
        var paths = new JsonObject();
        foreach (var route in routes)
        {
            if (route.Description is not { } operation) continue;
            if (paths[route.Template] is not JsonObject path) paths[route.Template] = path = [];
            path[route.Methods == Route.Read ? "get" : route.Methods.ToLowerInvariant()] = Describe(operation);
        }
        var document = new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "StreamForge",
                ["version"] = typeof(OpenApiDocument).Assembly.GetName().Version!.ToString(3),
                ["description"] = "Features by key, and the pipelines and tables behind them. Errors are problem documents (RFC 9457). Every GET also answers HEAD.",
                ["license"] = new JsonObject { ["name"] = "MIT", ["identifier"] = "MIT" },
            },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = ReadSchemas() },
        };
        return JsonSerializer.SerializeToUtf8Bytes(document, Indented);
    }

    private static JsonObject Describe(Operation operation)
    {
        var described = new JsonObject { ["operationId"] = operation.Id, ["summary"] = operation.Summary, ["tags"] = new JsonArray(operation.Tag) };
        if (!operation.Parameters.IsEmpty) described["parameters"] = new JsonArray([.. operation.Parameters.Select(Describe)]);
        if (operation.Body is { } body) described["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Describe(Content.Json(body)) };
        var responses = new JsonObject { ["200"] = Response("Done", operation.Answer) };
        if (operation.OtherStatus is { } other) responses[Text(other)] = Response(ReasonPhrases.GetReasonPhrase(other), operation.Answer);
        foreach (var status in operation.Problems) responses[Text(status)] = Response(ReasonPhrases.GetReasonPhrase(status), new Content(Problem.ContentType, "Problem"));
        described["responses"] = responses;
        return described;
    }

    private static JsonNode Describe(Parameter parameter)
    {
        var described = new JsonObject { ["name"] = parameter.Name, ["in"] = parameter.In, ["required"] = parameter.Required, ["description"] = parameter.Description, ["schema"] = Reference(parameter.Schema) };
        // The columns of a key stand beside the other parameters: an object whose properties are parameters.
        if (parameter.Schema == "EntityKey") (described["style"], described["explode"]) = ("form", true);
        return described;
    }

    private static JsonObject Response(string description, Content content) => new() { ["description"] = description, ["content"] = Describe(content) };

    private static JsonObject Describe(Content content) =>
        new() { [content.Type] = new JsonObject { ["schema"] = content.Schema is { } schema ? Reference(schema) : new JsonObject { ["type"] = "string" } } };

    private static JsonObject Reference(string schema) => new() { ["$ref"] = $"#/components/schemas/{schema}" };

    private static string Text(int status) => status.ToString(CultureInfo.InvariantCulture);

    private static JsonNode ReadSchemas()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Schemas)!;
        return JsonNode.Parse(stream)!;
    }
}
