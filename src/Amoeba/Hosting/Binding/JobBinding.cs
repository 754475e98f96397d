using System.Collections.Concurrent;
using System.Globalization;
using Amoeba.Engine.Ports;
using Amoeba.Hosting.Reusing;
using Amoeba.Plans;
using Amoeba.Secrets;

namespace Amoeba.Hosting.Binding;

/// <summary>What the attempts of one job share: its environment, its secrets, the files of its inputs.</summary>
internal sealed class JobBinding
{
    private readonly BinderOptions _options;
    private readonly IStoreReader _store;
    private readonly IOutputs _outputs;
    private readonly EnvironmentBuilder _environment;
    private readonly JobInputs _inputs;
    private readonly StageBinding[] _stages;
    private readonly StageBinding? _merge;
    private readonly ChatMergeBinding? _chatMerge;
    private readonly ConcurrentDictionary<int, Lazy<UInt128>> _needs = new();

    public JobBinding(JobContext job, BinderOptions options, IStoreReader store, IOutputs outputs)
    {
        Job = job;
        _options = options;
        _store = store;
        _outputs = outputs;
        var variables = Variables(job, options);
        _environment = new EnvironmentBuilder(variables, options.Inherit);
        Secrets = new HeaderSecrets(variables, options.Inherit, options.HeaderSecrets);
        _inputs = new JobInputs(job, store, outputs, InputsFolder);
        if (job.Plan.Reuse) Earlier = options.Reuse?.For(job.Id, job.Plan, job.Folder);
        _stages = [.. job.Stages.Select(stage => new StageBinding(this, stage, Needed(stage.Task)))];
        if (Earlier is not null && ReusableMerge.Of(job.Plan, job.Folder) is { } merge)
            EarlierMerge = () => FindMerge(merge);
        if (job.Plan.Merge?.Run is not null) _merge = MergeStage();
        if (job.Plan.Merge?.Chat is { } chat) _chatMerge = new ChatMergeBinding(this, chat, store, outputs);
        Masker = new SecretMasker(
            [.. _environment.SecretsOf(KnownVariables(job.Plan)), .. ModelKeys(job.Plan), .. Secrets.Of(job.Plan)]);
    }

    public JobContext Job { get; }

    public SecretMasker Masker { get; }

    /// <summary>What headers of `fetch` take from variables and files.</summary>
    public HeaderSecrets Secrets { get; }

    /// <summary>What earlier jobs gave; null where the plan does not ask for it.</summary>
    public EarlierResults? Earlier { get; }

    /// <summary>Finds what an earlier job's merge made of the same results; null where nothing is reused.</summary>
    public Func<EarlierOutput?>? EarlierMerge { get; }

    public BinderOptions Options => _options;

    /// <summary>What the needs of a stage gave, once they all ended.</summary>
    public UInt128 NeedsOf(StageContext stage) =>
        _needs.GetOrAdd(stage.First, _ => new(() => EarlierJob.NeedsOf(stage.Task, Job, _store))).Value;

    private string InputsFolder => JobInputs.FolderOf(_options.OutputsFolder, Job.Id);

    public AttemptWork Bind(AttemptOrder order)
    {
        if (IsMerge(order))
        {
            // A retry may have brought new results since the last merge: its inputs are made for each attempt.
            var suffix = $"-merge-{order.Attempt.ToString(CultureInfo.InvariantCulture)}";
            var inputs = new JobInputs(Job, _store, _outputs, InputsFolder, suffix);
            return _chatMerge?.Bind(order, inputs) ?? _merge!.Bind(order, inputs);
        }

        return StageOf(order.Ordinal).Bind(order, _inputs);
    }

    public ProgramEnvironment Environment(
        AttemptOrder order, TaskSpec task, AttemptScope scope, IReadOnlyList<StageContext> needs)
    {
        var id = TaskEnvironment.TaskId(Job.Id, task, scope.Index);
        var own = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AMOEBA_TASK_ID"] = id,
            ["AMOEBA_PARENT_ID"] = _options.ParentId,
            ["AMOEBA_CHILD_ID"] = order.Child,
            ["AMOEBA_IS_CHILD"] = "1",
            ["AMOEBA_BRANCH"] = Job.Plan.Branch,
        };
        TaskEnvironment.AddItems(own, scope);
        TaskEnvironment.AddGroup(own, task, scope);
        TaskEnvironment.AddInputs(own, scope.Inputs, needs);
        TaskEnvironment.AddVars(own, Job.Plan);
        return new ProgramEnvironment(_environment.Build(Planned(task, scope), own), $"AMOEBA_TASK_ID={id}")
        {
            // What joins results is mostly a filter, such as sort, that has no way to open AMOEBA_INPUT.
            Stdin = _merge is not null && IsMerge(order) ? own["AMOEBA_INPUT"] : null,
        };
    }

    /// <summary>Of a batch, a variable that speaks of the item holds a line for each.</summary>
    private static Dictionary<string, string> Planned(TaskSpec task, AttemptScope scope)
    {
        var planned = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in task.Env) planned.Add(name, string.Join('\n', scope.FillEach(value)));
        return planned;
    }

    private bool IsMerge(AttemptOrder order) => Job.Plan.Merge is { IsTask: true } && order.Ordinal == Job.MergeOrdinal;

    private StageBinding StageOf(int ordinal)
    {
        var (low, high) = (0, _stages.Length - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_stages[middle].Stage.First <= ordinal) low = middle;
            else high = middle - 1;
        }

        return _stages[low];
    }

    private EarlierOutput? FindMerge(ReusableStage merge) =>
        Earlier!.FindMerge(merge, ReusableMerge.ResultsOf(Job, _store)) is { } found
            ? new EarlierOutput(found.Job, found.Row.Output, found.Row.Figures?.Tool)
            : null;

    private StageBinding MergeStage() =>
        new(this, new StageContext(ReusableMerge.TaskOf(Job.Plan), Job.MergeOrdinal, 1, null),
            [.. Job.Merged], isMerge: true);

    private StageContext[] Needed(TaskSpec task) =>
        [.. task.Needs.Select(need => Job.Stages.First(stage => stage.Task.Id == need))];

    private IEnumerable<string> ModelKeys(PlanSpec plan) =>
        plan.Merge?.Chat is not null || plan.Tasks.Any(task => task.Do.Any(tool => tool is ChatSpec))
            ? _options.Secrets()
            : [];

    /// <summary>
    /// What the plan says outright, or by its variables; those whose names speak of a secret are masked too.
    /// </summary>
    private static List<KeyValuePair<string, string>> KnownVariables(PlanSpec plan)
    {
        var known = new List<KeyValuePair<string, string>>(plan.Vars);
        var ofMerge = plan.Merge is { } merge ? merge.Env : new Dictionary<string, Template>();
        foreach (var (name, value) in plan.Tasks.SelectMany(task => task.Env).Concat(ofMerge))
        {
            var filled = value.With(plan.Vars);
            if (filled.IsLiteral) known.Add(new(name, string.Concat(filled.Parts.Select(part => part.Text))));
        }

        return known;
    }

    private static IReadOnlyDictionary<string, string> Variables(JobContext job, BinderOptions options)
    {
        if (job.Variables.Count == 0) return options.Environment;
        var all = new Dictionary<string, string>(options.Environment, StringComparer.Ordinal);
        foreach (var (name, value) in job.Variables) all[name] = value;
        return all;
    }
}
