using Amoeba.Engine.Ports;
using Amoeba.Hosting.Reusing;
using Amoeba.Plans;
using Amoeba.Secrets;

namespace Amoeba.Hosting.Binding;

/// <summary>Binds the attempts of one of a job's tasks; what is the same for all of its items is bound once.</summary>
internal sealed class StageBinding(
    JobBinding job, StageContext stage, IReadOnlyList<StageContext> needs, bool isMerge = false)
{
    private readonly ReusableStage? _reusable = !isMerge && job.Earlier is not null && ReusableStage.CanBe(stage.Task)
        ? new ReusableStage(job.Job.Plan, stage.Task, job.Job.Folder)
        : null;

    private readonly bool _isConstant = stage.Task.Do.All(ToolBinding.IsConstant);
    private BoundTool[]? _chain;

    /// <summary>
    /// Of the environment what is secret by its name, and is known only with the item or what others gave.
    /// </summary>
    private readonly Template[] _secrets =
    [
        .. stage.Task.Env.Where(entry => EnvironmentBuilder.IsSecretName(entry.Key))
            .Select(entry => entry.Value.With(job.Job.Plan.Vars)).Where(value => !value.IsLiteral),
    ];

    public StageContext Stage => stage;

    public AttemptWork Bind(AttemptOrder order, JobInputs inputs)
    {
        var task = stage.Task;
        var index = order.Ordinal - stage.First;
        var items = ItemsAt(index, order.Items);
        var scope = new AttemptScope(job.Job, inputs, job.Secrets, items, index);
        var chain = _chain ?? Chain(scope);
        TaskEnvironment.CheckItemFits(items, chain);
        TaskEnvironment.CheckNames(task, items);
        return new AttemptWork
        {
            Order = order,
            Chain = chain,
            Verify = task.Verify is null ? null : ToolBinding.Bind(task.Verify, scope),
            Items = items,
            Index = index,
            Limits = task.Limits,
            Folder = job.Job.Folder,
            Environment = () => job.Environment(order, task, scope, needs),
            Masker = _secrets.Length == 0 ? job.Masker : job.Masker.With(_secrets.SelectMany(scope.Known)),
            Earlier = isMerge ? job.EarlierMerge : _reusable is null ? null : () => Earlier(_reusable, items, index),
            Unasked =
                stage.CountedOn is { } counted && index < counted.Count && counted[index] ? CountedOn.Broken : null,
            Grace = job.Options.Grace,
        };
    }

    private EarlierOutput? Earlier(ReusableStage reusable, Item[] items, int index) =>
        job.Earlier!.Find(reusable, items, index, job.NeedsOf(stage)) is { } found
            ? new EarlierOutput(found.Job, found.Row.Output, found.Row.Figures?.Tool)
            : null;

    private Item[] ItemsAt(int index, int count)
    {
        if (stage.Items is null) return [];
        var items = new Item[count];
        try
        {
            for (var i = 0; i < count; i++) items[i] = stage.Items.Read(index + i);
        }
        catch (InvalidDataException damaged)
        {
            throw new PlanException($"items lost: {damaged.Message}");
        }

        return items;
    }

    private BoundTool[] Chain(AttemptScope scope)
    {
        BoundTool[] chain = [.. stage.Task.Do.Select(tool => ToolBinding.Bind(tool, scope))];
        if (_isConstant) _chain = chain;
        return chain;
    }
}
