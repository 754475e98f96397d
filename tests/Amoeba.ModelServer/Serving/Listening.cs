using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Amoeba.StandIn.Serving;

internal static class Listening
{
    private const int Tries = 20;

    public static async Task<(WebApplication Host, int Port)> StartAsync(
        ModelServerOptions options, X509Certificate2? certificate, RequestDelegate answer, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = options.Port > 0 ? options.Port : FreePort();
            var host = Build(options.Addresses, port, certificate, answer);
            try
            {
                await host.StartAsync(cancel);
                return (host, port);
            }
            catch (IOException) when (options.Port == 0 && attempt < Tries)
            {
                // Somebody took the port on one of the addresses meanwhile.
                await host.DisposeAsync();
            }
            catch
            {
                await host.DisposeAsync();
                throw;
            }
        }
    }

    private static WebApplication Build(int addresses, int port, X509Certificate2? certificate, RequestDelegate answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.WebHost.UseKestrelCore();
        // With no buffer a flush ends when the socket has the data: what a broken stream sent before it broke is exact.
        builder.WebHost.UseSockets(sockets => sockets.MaxWriteBufferSize = 1);
        if (certificate is not null) builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MaxRequestBodySize = null;
            for (var i = 1; i <= addresses; i++)
                kestrel.Listen(ModelServer.Address(i), port, listen => Speak(listen, certificate));
        });
        var host = builder.Build();
        host.Run(answer);
        return host;
    }

    private static void Speak(ListenOptions listen, X509Certificate2? certificate)
    {
        listen.Protocols = HttpProtocols.Http1;
        if (certificate is not null) listen.UseHttps(certificate);
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
