using Amoeba.Plans;
using Amoeba.Processes;

namespace Amoeba.Hosting.Running;

/// <summary>The programs that a plan names, looked up before anything runs.</summary>
internal static class Programs
{
    /// <summary>
    /// Each program's name with the path it was found at, or null. A program with a slash in a task that needs others
    /// may be made by them, so it is only looked up.
    /// </summary>
    /// <exception cref="MachineLacksException">A task has no tool left that could run.</exception>
    public static IReadOnlyDictionary<string, string?> Resolve(PlanSpec plan, string folder, string? path)
    {
        var found = new SortedList<string, string?>(StringComparer.Ordinal);
        foreach (var task in plan.Tasks)
        {
            foreach (var tool in PlanTools.Of(task))
            {
                Look(tool, folder, path, found);
            }

            if (task.Do.All(tool => IsMissing(tool, task, found)))
            {
                throw Missing(task.Id, NameOf(task.Do[0])!, folder);
            }

            if (task.Verify is { } verify && IsMissing(verify, task, found))
            {
                throw Missing($"{task.Id}.verify", NameOf(verify)!, folder);
            }
        }

        if (plan.Merge?.Run is { } merge)
        {
            Look(merge, folder, path, found);
            if (NameOf(merge) is { } name && found[name] is null)
            {
                throw Missing("merge", name, folder);
            }
        }

        return found;
    }

    /// <summary>Likewise of what verifies alone: the tasks themselves run elsewhere.</summary>
    /// <exception cref="MachineLacksException">A check could not run.</exception>
    public static SortedList<string, string?> ResolveChecks(PlanSpec plan, string folder, string? path)
    {
        var found = new SortedList<string, string?>(StringComparer.Ordinal);
        foreach (var task in plan.Tasks)
        {
            if (task.Verify is not { } verify)
            {
                continue;
            }

            Look(verify, folder, path, found);
            if (IsMissing(verify, task, found))
            {
                throw Missing($"{task.Id}.verify", NameOf(verify)!, folder);
            }
        }

        return found;
    }

    private static void Look(ToolSpec tool, string folder, string? path, SortedList<string, string?> found)
    {
        if (NameOf(tool) is { } name && !found.ContainsKey(name))
        {
            found.Add(name, Executables.Resolve(name, folder, path));
        }
    }

    private static bool IsMissing(ToolSpec tool, TaskSpec task, SortedList<string, string?> found) =>
        NameOf(tool) is { } name && found[name] is null
            && !(name.Contains('/', StringComparison.Ordinal) && task.Needs.Count > 0);

    /// <summary>The program's name where the plan says it outright.</summary>
    private static string? NameOf(ToolSpec tool) => tool switch
    {
        RunSpec run when run.Arguments[0].IsLiteral => string.Concat(run.Arguments[0].Parts.Select(part => part.Text)),
        _ => null,
    };

    private static MachineLacksException Missing(string where, string name, string folder)
    {
        var isPath = name.Contains('/', StringComparison.Ordinal);
        return new MachineLacksException(isPath && File.Exists(Path.Combine(folder, name))
            ? $"{where}: {name} is there, but it may not be executed; make it executable (chmod +x)"
            : $"{where}: the program {name} was not found{(isPath ? "" : " in PATH")}; install it, or give its path");
    }
}
