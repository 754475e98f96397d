using Amoeba.Hosting.Library;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Amoeba;

/// <summary>Registration of Amoeba with a .NET application.</summary>
public static class AmoebaServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="IAmoeba"/> as a singleton. A <see cref="TimeProvider"/> that is registered is used.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets options; null leaves the defaults: in memory, 256 children.</param>
    public static IServiceCollection AddAmoeba(
        this IServiceCollection services, Action<AmoebaOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<AmoebaOptions>().PostConfigure(options => options.Validate());
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddSingleton<IAmoeba>(provider => new EmbeddedAmoeba(
            provider.GetRequiredService<IOptions<AmoebaOptions>>().Value,
            provider.GetService<TimeProvider>() ?? TimeProvider.System));
        return services;
    }
}
