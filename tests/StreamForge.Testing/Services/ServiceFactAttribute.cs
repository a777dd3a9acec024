using Xunit;

namespace StreamForge.Testing.Services;

/// <summary>A fact that is skipped, with a sentence, where something it needs is absent: <c>[ServiceFact("ICEBERG_PYTHON")]</c>. <see cref="Services.Needs"/> says what can be named.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ServiceFactAttribute : FactAttribute
{
    public ServiceFactAttribute(params string[] needs)
    {
        Needs = needs;
        Skip = Services.Needs.Missing(needs);
    }

    public IReadOnlyList<string> Needs { get; }
}

/// <summary>A theory that is skipped like a <see cref="ServiceFactAttribute"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ServiceTheoryAttribute : TheoryAttribute
{
    public ServiceTheoryAttribute(params string[] needs)
    {
        Needs = needs;
        Skip = Services.Needs.Missing(needs);
    }

    public IReadOnlyList<string> Needs { get; }
}
