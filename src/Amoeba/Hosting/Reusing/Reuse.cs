using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Running;
using Amoeba.Models;
using Amoeba.Plans;

namespace Amoeba.Hosting.Reusing;

/// <summary>What reusing earlier results takes from the parent.</summary>
/// <param name="Store">Where earlier jobs are.</param>
/// <param name="SpoolOf">A job's folder under `spool`.</param>
/// <param name="Models">The models that are configured.</param>
/// <param name="Path">Where programs are looked for.</param>
internal sealed record Reuse(IStoreReader Store, Func<string, string> SpoolOf, ModelCatalog Models, string? Path)
{
    /// <summary>Jobs of the same folder, and the same name or type, that are looked into: the newest.</summary>
    private const int MostJobs = 5;

    /// <summary>Jobs of any kind among which those are looked for.</summary>
    private const int MostLookedAt = 1000;

    /// <summary>Null where no jobs are kept.</summary>
    public static Reuse? Of(ParentOptions options, IStoreReader store) => options.Home is { } home
        ? new Reuse(store, new HomeFolder(home).Spool, options.Models, options.Environment.GetValueOrDefault("PATH"))
        : null;

    public LiveNames Live(string folder) => new(folder, Path, Models);

    public EarlierResults For(string job, PlanSpec plan, string folder) =>
        new(new Lazy<IReadOnlyList<EarlierJob>>(() => EarlierOf(job, plan, folder)), Live(folder));

    private List<EarlierJob> EarlierOf(string job, PlanSpec plan, string folder)
    {
        var found = new List<EarlierJob>();
        foreach (var stored in Store.ListJobs(null, MostLookedAt))
        {
            if (stored.Id == job || stored.Record.Folder != folder || stored.Status.Counts.Succeeded == 0) continue;
            if (stored.Record.Name != plan.Name && stored.Record.Type != plan.Type) continue;
            if (Open(stored.Record) is { } earlier) found.Add(earlier);
            if (found.Count == MostJobs) break;
        }

        return found;
    }

    /// <summary>Null for a job of another version, whose plan is not understood any more.</summary>
    private EarlierJob? Open(JobRecord record)
    {
        try
        {
            return new EarlierJob(record, Store, SpoolOf(record.Id));
        }
        catch (PlanException)
        {
            return null;
        }
    }
}
