namespace StreamForge.Sql.Parsing;

/// <summary>The functions over JSON and their clauses.</summary>
internal sealed partial class Parser
{
    private JsonValueSyntax JsonValue(TextSpan span)
    {
        var document = Expression();
        ExpectSymbol(",");
        var path = Expression();
        var returning = Skip("RETURNING") ? TypeName() : null;
        JsonBehaviour onEmpty = JsonBehaviour.Null, onError = JsonBehaviour.Null;
        Syntax? emptyDefault = null, errorDefault = null;
        bool emptySeen = false, errorSeen = false;
        while (!Current.IsSymbol(")"))
        {
            var clause = Current;
            Syntax? value = null;
            JsonBehaviour behaviour;
            if (Skip("NULL")) behaviour = JsonBehaviour.Null;
            else if (Skip("ERROR")) behaviour = JsonBehaviour.Error;
            else if (Skip("DEFAULT"))
            {
                behaviour = JsonBehaviour.Default;
                value = Expression();
            }
            else throw Expected(returning is null && !emptySeen && !errorSeen ? "RETURNING, NULL, ERROR, DEFAULT or ')'" : "NULL, ERROR, DEFAULT or ')'");
            Expect("ON");
            if (!emptySeen && !errorSeen && Skip("EMPTY")) (onEmpty, emptyDefault, emptySeen) = (behaviour, value, true);
            else if (!errorSeen && Skip("ERROR")) (onError, errorDefault, errorSeen) = (behaviour, value, true);
            else throw WrongClause(clause);
        }
        _index++;
        return new JsonValueSyntax(span, document, path, returning, onEmpty, emptyDefault, onError, errorDefault);
    }

    /// <summary>JSON_QUERY(document, path [RETURNING STRING] [WITHOUT | WITH [CONDITIONAL | UNCONDITIONAL] [ARRAY] WRAPPER] [… ON EMPTY] [… ON ERROR]).</summary>
    private JsonQuerySyntax JsonQuery(TextSpan span)
    {
        var document = Expression();
        ExpectSymbol(",");
        var path = Expression();
        if (Skip("RETURNING"))
        {
            var type = Current;
            if (TypeName() is not { Type.Kind: Core.TypeKind.String, Length: null }) throw Unsupported(type, "JSON_QUERY RETURNING another type than STRING");
        }
        var wrapper = Wrapper();
        JsonStandIn onEmpty = JsonStandIn.Null, onError = JsonStandIn.Null;
        bool emptySeen = false, errorSeen = false;
        while (!Current.IsSymbol(")"))
        {
            var clause = Current;
            var standIn = StandIn();
            Expect("ON");
            if (!emptySeen && !errorSeen && Skip("EMPTY")) (onEmpty, emptySeen) = (standIn, true);
            else if (!errorSeen && Skip("ERROR")) (onError, errorSeen) = (standIn, true);
            else throw WrongClause(clause);
        }
        _index++;
        return new JsonQuerySyntax(span, document, path, wrapper, onEmpty, onError);
    }

    private JsonWrapper Wrapper()
    {
        var without = Skip("WITHOUT");
        if (!without && !Skip("WITH")) return JsonWrapper.None;
        var wrapper = without ? JsonWrapper.None : Skip("CONDITIONAL") ? JsonWrapper.Conditional : JsonWrapper.Unconditional;
        if (wrapper == JsonWrapper.Unconditional) Skip("UNCONDITIONAL");
        Skip("ARRAY");
        Expect("WRAPPER");
        return wrapper;
    }

    private JsonStandIn StandIn()
    {
        if (Skip("NULL")) return JsonStandIn.Null;
        if (Skip("ERROR")) return JsonStandIn.Error;
        if (!Skip("EMPTY")) throw Expected("WITH, WITHOUT, NULL, EMPTY, ERROR or ')'");
        if (Skip("OBJECT")) return JsonStandIn.EmptyObject;
        Expect("ARRAY");
        return JsonStandIn.EmptyArray;
    }

    private SyntaxException WrongClause(Token clause) => Current.Is("EMPTY") || Current.Is("ERROR")
        ? SyntaxException.At(clause, "ON EMPTY may be given once, and after it ON ERROR once")
        : Expected("EMPTY or ERROR");

    /// <summary>JSON_EXISTS(document, path [TRUE | FALSE | UNKNOWN | ERROR ON ERROR]).</summary>
    private JsonExistsSyntax JsonExists(TextSpan span)
    {
        var document = Expression();
        ExpectSymbol(",");
        var path = Expression();
        bool? onError = false;
        var fails = false;
        if (!SkipSymbol(")"))
        {
            if (Skip("TRUE")) onError = true;
            else if (Skip("UNKNOWN")) onError = null;
            else if (Skip("ERROR")) fails = true;
            else if (!Skip("FALSE")) throw Expected("TRUE, FALSE, UNKNOWN, ERROR or ')'");
            Expect("ON");
            Expect("ERROR");
            ExpectSymbol(")");
        }
        return new JsonExistsSyntax(span, document, path, onError, fails);
    }
}
