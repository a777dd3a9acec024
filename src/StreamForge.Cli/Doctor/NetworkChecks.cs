using System.Net;
using System.Net.Sockets;

namespace StreamForge.Cli.Doctor;

/// <summary>Whether the program could listen.</summary>
internal static class NetworkChecks
{
    public static Finding Port(string bind, int port)
    {
        var address = bind switch { "*" => IPAddress.Any, "localhost" => IPAddress.Loopback, _ => IPAddress.TryParse(bind, out var parsed) ? parsed : null };
        if (address is null) return new Finding("port", Health.Missing, $"'{bind}' is no IP address", "write one of this machine's, localhost, or * for all, with --bind");
        try
        {
            using var listener = new TcpListener(address, port) { ExclusiveAddressUse = true };
            listener.Start();
            return new Finding("port", Health.Ok, $"{port} on {bind} is free");
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? new Finding("port", Health.Warning, $"{port} on {bind} is in use by another program", "stop it, or choose another with --port; 0 takes any free one")
                : new Finding("port", Health.Missing, $"{port} on {bind}: {error.Message}", "choose an address of this machine with --bind and a port above 1023 with --port");
        }
    }
}
