using System.Security.Cryptography;
using System.Text;
using Amoeba.Plans;

namespace Amoeba.Sources;

/// <summary>What spooling a job's items gave.</summary>
/// <param name="Stages">Counts and hashes, an entry for each task of the plan.</param>
/// <param name="Estimates">What the plan expects of each item, by task of the plan.</param>
/// <param name="Warnings">For a person: empty sources, and counts that had to be assumed.</param>
internal sealed record Spooled(
    IReadOnlyList<StageManifest> Stages, IReadOnlyList<ItemEstimates> Estimates, IReadOnlyList<string> Warnings);

/// <summary>
/// Reads the items of every source of a plan once, checks them, and writes them to the job's spool (SPEC 2.2), in one
/// pass and constant memory. Ranges and matrices are not written, for they can be computed again.
/// </summary>
/// <param name="commands">Runs `command` sources; null runs nothing, as `plan` and `simulate` must.</param>
internal sealed class ItemSpooler(ICommandLines? commands)
{

    /// <param name="plan">A validated plan.</param>
    /// <param name="folder">Absolute; relative paths of the plan are its.</param>
    /// <param name="target">
    /// The job's own folder under `spool`; null writes nothing, and still counts, checks and hashes.
    /// </param>
    /// <param name="cancel">Ends it; nothing is left behind.</param>
    /// <param name="seen">Told of every item that is read, with its task's place in the plan
    /// and its own in the task.</param>
    /// <exception cref="PlanException">
    /// A source is missing or broken, an item lacks what the plan uses, or there are too many.
    /// </exception>
    /// <exception cref="IOException">The spool cannot be written.</exception>
    public async Task<Spooled> SpoolAsync(
        PlanSpec plan, string folder, string? target, CancellationToken cancel, Action<int, Item, long>? seen = null)
    {
        var (stages, estimates, warnings) = (new List<StageManifest>(), new List<ItemEstimates>(), new List<string>());
        using var writer = new SpoolWriter(target);
        long total = 0;
        foreach (var task in plan.Tasks)
        {
            var (stage, estimate) = await StageAsync(
                plan, task, folder, writer, total, warnings, seen is null ? null : Of(stages.Count, seen), cancel);
            total += stage.Count;
            if (stage is { Count: 0, Flows: false })
                warnings.Add($"{task.Id}: {Words(task.Each!)} gave no items, so there is nothing to do.");
            stages.Add(stage);
            estimates.Add(estimate);
        }

        writer.Commit();
        return new Spooled(stages, estimates, warnings);
    }

    private async Task<(StageManifest Stage, ItemEstimates Estimates)> StageAsync(
        PlanSpec plan,
        TaskSpec task,
        string folder,
        SpoolWriter writer,
        long before,
        List<string> warnings,
        Action<Item, long>? seen,
        CancellationToken cancel)
    {
        if (task.Each is not { } each) return (new StageManifest(task.Id, 1, "", false, 0), ItemEstimates.None);
        if (each is FromEach)
            return (new StageManifest(task.Id, 0, Hash(each), false, 0, Flows: true), ItemEstimates.None);
        if (each is CommandEach command && commands is null)
        {
            warnings.Add(
                $"{task.Id}: {command.Arguments[0]} is not run to list the items; "
                    + $"{EachBinder.AssumedItems} items are assumed.");
            return (new StageManifest(task.Id, EachBinder.AssumedItems, "", false, 0), ItemEstimates.None);
        }

        var pass = new Pass(task.Id, new ItemCheck(plan, task), new EstimateReader(plan, task), before, seen, cancel);
        if (Computed(each) is { } computed)
        {
            if (before + computed.Count > EachBinder.MaxItems) throw TooMany(task.Id);
            for (long i = 0; i < computed.Count && (i == 0 || pass.LooksAtAll); i++) pass.Check(computed.Read(i));
            return (new StageManifest(task.Id, computed.Count, Hash(each), false, 0), pass.Estimates.Take());
        }

        var first = writer.Count;
        if (each is CommandEach run)
        {
            await CommandAsync(task, run, folder, item => { pass.Take(item); writer.Add(item); }, cancel);
        }
        else
        {
            foreach (var item in Items(each, folder, cancel))
            {
                pass.Take(item);
                writer.Add(item);
            }
        }

        var stage = new StageManifest(task.Id, writer.Count - first, writer.TakeHash(), true, first);
        return (stage, pass.Estimates.Take());
    }

    private static Action<Item, long> Of(int task, Action<int, Item, long> seen) =>
        (item, index) => seen(task, item, index);

    private async Task CommandAsync(
        TaskSpec task, CommandEach command, string folder, Action<Item> take, CancellationToken cancel)
    {
        try
        {
            await foreach (var line in commands!.ReadAsync(command.Arguments, folder, cancel))
            {
                if (line.Length > 0) take(new TextItem(line));
            }
        }
        catch (CommandFailedException exception)
        {
            var said = exception.ErrorTail.Length == 0 ? "it wrote no error." : exception.ErrorTail.TrimEnd();
            throw new PlanException(
                $"{task.Id}: {command.Arguments[0]}, which lists the items, failed with {exception.How}: {said}");
        }
    }

    private static IEnumerable<Item> Items(EachSpec each, string folder, CancellationToken cancel) => each switch
    {
        ItemsEach items => items.Items,
        FileEach file => FileItems.Read(folder, file.Path),
        GlobEach glob => GlobItems.Read(folder, glob.Patterns, cancel),
        StreamEach stream => stream.Items,
        _ => throw new InvalidOperationException($"{each.GetType().Name} has no items to spool."),
    };

    private static IItems? Computed(EachSpec each) => each switch
    {
        RangeEach range => new RangeItems(range),
        MatrixEach matrix => new MatrixItems(matrix),
        _ => null,
    };

    private static string Hash(EachSpec each)
    {
        var text = each switch
        {
            RangeEach range => $"range {range.First}..{range.Last}..{range.Step}",
            MatrixEach matrix => "matrix " + string.Join(' ', matrix.Axes.Select(axis =>
                CanonicalJson.Quote(axis.Key) + ":" + string.Join(',', axis.Value.Select(CanonicalJson.Quote)))),
            FromEach from => $"from {from.Task} split {PlanNames.Of(from.Split)}",
            _ => "",
        };
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static string Words(EachSpec each) => each switch
    {
        FileEach file => $"the file {file.Path}",
        GlobEach glob => $"the pattern {string.Join(", ", glob.Patterns)}",
        RangeEach range => $"the range {range.First}..{range.Last}",
        CommandEach command => $"the command {command.Arguments[0]}",
        MatrixEach => "the matrix",
        _ => "each",
    };

    private static PlanException TooMany(string task) =>
        new($"{task}: more than {EachBinder.MaxItems} items; a job may have at most that many.");

    /// <summary>What is done with every item of a stage on its way.</summary>
    private sealed class Pass(
        string task, ItemCheck check, EstimateReader estimates,
        long before, Action<Item, long>? seen, CancellationToken cancel)
    {
        private long _seen;

        public EstimateReader Estimates => estimates;

        /// <summary>False: every item of a computed source is like the first.</summary>
        public bool LooksAtAll => estimates.Reads || check.ReadsValues;

        public void Take(Item item)
        {
            seen?.Invoke(item, _seen);
            Check(item);
        }

        public void Check(Item item)
        {
            if ((_seen & 0xFFF) == 0) cancel.ThrowIfCancellationRequested();
            if (before + _seen >= EachBinder.MaxItems) throw TooMany(task);
            check.Check(item, _seen);
            estimates.Add(item, _seen++);
        }
    }
}
