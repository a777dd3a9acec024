using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;
using StreamForge.Sql;

namespace StreamForge.Pipeline.Plans;

/// <summary>Compiles the SQL texts of a definition and turns their errors into faults at the right place of the file.</summary>
internal static class SqlFaults
{
    public static void Add(ImmutableArray<Fault>.Builder faults, LocatedText text, ImmutableArray<SqlError> errors)
    {
        foreach (var error in errors) faults.Add(text.At(error.Line, error.Column).Fault(error.Sentence));
    }

    /// <summary>Compiles an expression; null, with faults added, when it is wrong.</summary>
    public static SqlExpression? Expression(ImmutableArray<Fault>.Builder faults, LocatedText text, Schema schema)
    {
        var compilation = SqlExpression.Compile(text.Value, schema);
        Add(faults, text, compilation.Errors);
        return compilation.Result;
    }

    /// <summary>Compiles an expression that must be boolean.</summary>
    public static SqlExpression? Condition(ImmutableArray<Fault>.Builder faults, LocatedText text, Schema schema)
    {
        var expression = Expression(faults, text, schema);
        if (expression is null || expression.Type.Kind == TypeKind.Boolean) return expression;
        faults.Add(text.Location.Fault($"'{text.Value}' is a {expression.Type}; a condition must be boolean"));
        return null;
    }

    public static string Unknown(string what, string name, Schema schema) => Unknown(what, name, schema.Fields.Select(f => f.Name));

    public static string Unknown(string what, string name, IEnumerable<string> known)
    {
        var names = known.ToArray();
        return NearestName.Find(name, names) is { } near
            ? $"unknown {what} '{name}'; did you mean '{near}'?"
            : $"unknown {what} '{name}'; known are {string.Join(", ", names)}";
    }
}
