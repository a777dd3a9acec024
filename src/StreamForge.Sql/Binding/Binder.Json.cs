using StreamForge.Core;
using StreamForge.Sql.Evaluation;
using StreamForge.Sql.Parsing;

namespace StreamForge.Sql.Binding;

/// <summary>The functions over JSON.</summary>
internal sealed partial class Binder
{
    private Expression? Document(Syntax syntax, string function)
    {
        var document = Bind(syntax);
        return document is null || document.Type.Kind is TypeKind.String or TypeKind.Array or TypeKind.Map or TypeKind.Row
            ? document
            : Fail(syntax.Span, $"the document of {function} must be a string, {Quote(syntax)} is {document.Type}");
    }

    private JsonPath? Path(Syntax syntax, string function)
    {
        if (syntax is not LiteralSyntax { Kind: LiteralKind.Text } literal)
        {
            Fail(syntax.Span, $"the path of {function} must be a string literal, such as '$.items[0].price'");
            return null;
        }
        var path = JsonPath.Parse(literal.Text, out var problem);
        if (path is null) Fail(literal.Span, problem);
        else if (!path.IsDefinite && function == "JSON_VALUE")
            Fail(literal.Span, "wildcards and filters in a JSON path are not supported yet in JSON_VALUE, which gives one scalar; JSON_QUERY takes wildcards and gives an array");
        else return path;
        return null;
    }

    private Expression? JsonQuery(JsonQuerySyntax json)
    {
        var document = Document(json.Document, "JSON_QUERY");
        var path = Path(json.Path, "JSON_QUERY");
        return document is null || path is null ? null : Fold(new JsonQueryExpression(document, path, json.Wrapper, json.OnEmpty, json.OnError, Quote(json)), document);
    }

    private Expression? JsonExists(JsonExistsSyntax json)
    {
        var document = Document(json.Document, "JSON_EXISTS");
        var path = Path(json.Path, "JSON_EXISTS");
        return document is null || path is null ? null : Fold(new JsonExistsExpression(document, path, json.OnError, json.Fails, Quote(json)), document);
    }

    private Expression? JsonValue(JsonValueSyntax json)
    {
        var document = Document(json.Document, "JSON_VALUE");
        var path = Path(json.Path, "JSON_VALUE");
        var target = json.Returning ?? new TypeSyntax(DataType.String, null, false);
        var type = target.Type;
        if (type.Kind == TypeKind.Bytes) Fail(json.Span, "JSON_VALUE cannot return bytes");
        var onEmpty = Default(json.EmptyDefault, type, "ON EMPTY", out var emptyFails);
        var onError = Default(json.ErrorDefault, type, "ON ERROR", out var errorFails);
        if (document is null || path is null || emptyFails || errorFails || type.Kind == TypeKind.Bytes) return null;
        var value = new JsonValueExpression(document, path, type, json.OnEmpty, onEmpty, json.OnError, onError, Quote(json));
        var folded = Fold(value, document, onEmpty, onError);
        return target.Length is null ? folded : CastTo(json, folded, json, target, isTry: false);
    }

    private Expression? Default(Syntax? syntax, DataType type, string where, out bool fails)
    {
        fails = false;
        if (syntax is null) return null;
        var bound = Bind(syntax);
        var fits = bound is ConstantExpression { Untyped: true } || (bound is not null && (bound.Type.Kind == TypeKind.String || TypeRules.Common(bound.Type, type) is not null));
        fails = bound is null || !fits;
        if (bound is not null && !fits) Fail(syntax.Span, $"the default {where} must be a {type}, {Quote(syntax)} is {bound.Type}");
        return fails ? null : Coerce(bound!, type, syntax);
    }
}
