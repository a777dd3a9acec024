using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using StreamForge.Cli.Cluster;
using StreamForge.Core;

namespace StreamForge.Silo.Hosting;

/// <summary>The Orleans silo inside a node: where it listens, how it finds the others, what it does when it cannot go on.</summary>
internal static class SiloHost
{
    /// <summary>Orleans deactivates, hands over and leaves within the caller's own time.</summary>
    private static readonly TimeSpan HostPatience = TimeSpan.FromHours(1);

    /// <param name="database">The connection to membership, reminders and grain storage; null where there is none.</param>
    /// <param name="configure">What the node is for.</param>
    public static IHost Build(NodeOptions options, string? database, ILoggerFactory logging, IFatalErrorHandler failures, Action<ISiloBuilder> configure) =>
        new HostBuilder()
            .ConfigureServices(services =>
            {
                services.AddSingleton(logging);
                services.AddSingleton<IHostLifetime, NoLifetime>();
                services.AddSingleton(failures);
                services.Configure<HostOptions>(host => host.ShutdownTimeout = HostPatience);
            })
            .UseOrleans(silo =>
            {
                var address = Listen(silo, options);
                silo.Configure<ClusterOptions>(cluster => cluster.ClusterId = cluster.ServiceId = options.ClusterId);
                silo.Configure<SiloOptions>(name => name.SiloName = $"{Dns.GetHostName()}:{address.Port}");
                silo.Configure<ClusterMembershipOptions>(membership => Detect(membership, options.FailureDetection));
                silo.AddActivityPropagation();
                if (options.Localhost) silo.UseDevelopmentClustering(membership => membership.PrimarySiloEndpoint = address);
                else silo.UseAdoNetClustering(membership => (membership.Invariant, membership.ConnectionString) = (Npgsql, database));
                if (database is null)
                {
                    silo.UseInMemoryReminderService();
                    silo.AddMemoryGrainStorageAsDefault();
                }
                else
                {
                    silo.UseAdoNetReminderService(reminders => (reminders.Invariant, reminders.ConnectionString) = (Npgsql, database));
                    silo.AddAdoNetGrainStorageAsDefault(storage => (storage.Invariant, storage.ConnectionString) = (Npgsql, database));
                }
                configure(silo);
            })
            .Build();

    private const string Npgsql = "Npgsql";

    /// <summary>A member that has not said for this long that it is alive is none (three times Orleans' own interval).</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(90);

    /// <summary>The silos of the cluster that are alive as far as its membership table says, without joining it; none where there is no table.</summary>
    public static async Task<IReadOnlyList<string>> LivingAsync(NodeOptions options, string? database, ILoggerFactory logging, TimeProvider clock, CancellationToken cancellation)
    {
        if (options.Localhost || database is null) return [];
        using var health = new NodeHealth();
        using var host = Build(options, database, logging, health, static _ => { });
        var table = host.Services.GetRequiredService<IMembershipTable>();
        await table.InitializeMembershipTable(tryInitTableVersion: true).WaitAsync(cancellation);
        var members = await table.ReadAll().WaitAsync(cancellation);
        var oldest = clock.GetUtcNow().UtcDateTime - Silence;
        return [.. members.Members.Select(m => m.Item1).Where(m => m.Status is not SiloStatus.Dead && m.IAmAliveTime > oldest).Select(m => m.SiloAddress.ToParsableString())];
    }

    /// <summary>
    /// Fast: a silo that is killed is known to be lost after two probes, a second apart, and the vote of one other (of two where there are more than two silos). One that only pauses for two seconds is lost too.
    /// </summary>
    private static void Detect(ClusterMembershipOptions membership, FailureDetection detection)
    {
        if (detection == FailureDetection.Normal) return;
        membership.ProbeTimeout = TimeSpan.FromSeconds(1);
        membership.NumMissedProbesLimit = 2;
        membership.TableRefreshTimeout = TimeSpan.FromSeconds(10);
        membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
    }

    /// <returns>Where others find this silo.</returns>
    private static IPEndPoint Listen(ISiloBuilder silo, NodeOptions options)
    {
        var bind = BindAddress(options.Bind);
        var advertised = options.Advertise is { } named ? IPAddress.Parse(named) : bind.Equals(IPAddress.Any) || bind.Equals(IPAddress.IPv6Any) ? OwnAddress(bind.AddressFamily) : bind;
        var siloPort = options.SiloPort == 0 ? FreePort(bind) : options.SiloPort;
        silo.Configure<EndpointOptions>(endpoints =>
        {
            endpoints.AdvertisedIPAddress = advertised;
            endpoints.SiloPort = siloPort;
            endpoints.GatewayPort = options.GatewayPort;
            endpoints.SiloListeningEndpoint = new IPEndPoint(bind, siloPort);
            if (options.GatewayPort != 0) endpoints.GatewayListeningEndpoint = new IPEndPoint(bind, options.GatewayPort);
        });
        return new IPEndPoint(advertised, siloPort);
    }

    private static IPAddress BindAddress(string bind) => bind switch
    {
        "*" => IPAddress.Any,
        "localhost" => IPAddress.Loopback,
        _ => IPAddress.TryParse(bind, out var address) ? address : throw new StreamForgeException(ErrorKind.InvalidArgument, $"--bind takes an IP address of this machine, localhost or *, not '{bind}'"),
    };

    /// <summary>The address that the others are likely to reach: the first of this machine that is not its own loopback.</summary>
    private static IPAddress OwnAddress(AddressFamily family) => NetworkInterface.GetAllNetworkInterfaces()
        .Where(n => n.OperationalStatus == OperationalStatus.Up && n.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .SelectMany(n => n.GetIPProperties().UnicastAddresses).Select(a => a.Address)
        .FirstOrDefault(a => a.AddressFamily == family && !a.IsIPv6LinkLocal)
        ?? throw new StreamForgeException(ErrorKind.InvalidArgument, "this machine has no address that other nodes could reach; name one with --advertise");

    /// <summary>A port that is free now; whoever takes it in between makes the start fail.</summary>
    private static int FreePort(IPAddress bind)
    {
        using var listener = new TcpListener(bind, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Signals are the program's own.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
