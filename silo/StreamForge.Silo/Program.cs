using Microsoft.Extensions.Hosting;

var host = new HostBuilder().UseOrleans(silo => silo.UseLocalhostClustering()).Build();
await host.RunAsync();
