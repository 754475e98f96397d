using Amoeba.Hosting.Binding;
using Amoeba.Plans;

namespace Amoeba.Hosting.Running;

/// <summary>What of a plan's headers can be known before anything runs.</summary>
/// <param name="secrets">What they may take.</param>
/// <param name="lacking">Takes what is not there, where nothing is to run; null makes it an error.</param>
internal sealed class FetchChecks(HeaderSecrets secrets, ICollection<string>? lacking)
{
    /// <exception cref="PlanException">A header names what the configuration does not list.</exception>
    /// <exception cref="MachineLacksException">What it names is not there, and nothing else
    /// would do the task.</exception>
    public void Check(PlanSpec plan)
    {
        foreach (var (task, header, secret) in HeaderSecrets.InHeaders(plan))
        {
            if (secrets.Refused(header, secret) is { } refused) throw new PlanException($"{task.Id}: {refused}");
            if (secrets.Lacking(header, secret) is not { } why || task.Do.Count > 1) continue;
            if (lacking is null) throw new MachineLacksException($"{task.Id}: {why}");
            lacking.Add($"{task.Id}: {why}; nothing runs without it");
        }
    }
}
