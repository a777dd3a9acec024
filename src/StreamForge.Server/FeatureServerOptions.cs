namespace StreamForge.Server;

/// <summary>Where the server listens.</summary>
/// <param name="Bind">An IP address of this machine, <c>localhost</c>, or <c>*</c> for all.</param>
/// <param name="Port">A TCP port, or 0 for any free one.</param>
public sealed record FeatureServerOptions(string Bind = "127.0.0.1", int Port = 7070);
