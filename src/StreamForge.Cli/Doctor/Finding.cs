namespace StreamForge.Cli.Doctor;

/// <summary>How a thing is that the program needs.</summary>
internal enum Health
{
    Ok,

    /// <summary>Works, but something will not, or not well.</summary>
    Warning,

    /// <summary>Needed and not there.</summary>
    Missing,
}

/// <summary>One line of the doctor's.</summary>
/// <param name="Check">What was looked at: <c>disk space</c>.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Remedy">What to do; null when nothing need be done.</param>
internal sealed record Finding(string Check, Health Health, string Detail, string? Remedy = null)
{
    /// <summary>As <c>--json</c> has it.</summary>
    public string Status => Health switch { Health.Ok => "ok", Health.Warning => "warning", _ => "missing" };
}
