namespace StreamForge.Features.Windows;

/// <summary>One window of those that a closing window's plan describes: [<paramref name="Start"/>, <paramref name="End"/>), microseconds. A session begins at its first event and ends a gap after its last.</summary>
public readonly record struct WindowInstance(long Start, long End);
