using Amoeba.Deciding;
using Amoeba.Engine;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Binding;
using Amoeba.Hosting.Reusing;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Sources;
using Amoeba.Tools.Chat;

namespace Amoeba.Hosting.Running;

/// <summary>A job made ready to be handed to the engine, with what the binder needs of it.</summary>
/// <param name="Start">What the engine is handed.</param>
/// <param name="Plan">The plan as it was accepted.</param>
/// <param name="Manifests">What its spool holds.</param>
/// <param name="Warnings">For a person.</param>
internal sealed record ReadyJob(
    JobStart Start, PlanSpec Plan, IReadOnlyList<StageManifest> Manifests, IReadOnlyList<string> Warnings)
{
    /// <summary>What is not there, and without which nothing runs; only where it was merely looked at.</summary>
    public IReadOnlyList<string> Lacking { get; init; } = [];

    /// <summary>Whose being reused it was that left something unasked.</summary>
    public CountedOn CountedOn { get; init; } = CountedOn.None;

    /// <summary>
    /// The id of the image of its containers, which its approval is bound to; null without containers.
    /// </summary>
    public string? Image { get; init; }
}

/// <summary>From a plan to a job: spool its items, decide, and bind what would run to a hash.</summary>
/// <param name="options">What the parent was told.</param>
/// <param name="spooler">Reads the items.</param>
/// <param name="machine">What the machine has to give.</param>
/// <param name="reuse">Where earlier results are; null where no jobs are kept.</param>
/// <param name="docker">Asked whether containers can be made; null asks nothing, because nothing will run.</param>
internal sealed class Submitting(
    ParentOptions options, ItemSpooler spooler, MachineSight machine, Reuse? reuse, ContainerCheck? docker)
{
    /// <param name="submission">What was handed in.</param>
    /// <param name="spool">The job's folder under `spool`; null spools nothing.</param>
    /// <param name="id">The job's id.</param>
    /// <param name="cancel">Ends it; nothing is left behind.</param>
    public async Task<ReadyJob> PrepareAsync(Submission submission, string? spool, string id, CancellationToken cancel)
    {
        CellChecks.Check(submission.Plan, IsolationOf(submission.Plan), options, IsolationFrom(submission.Plan));
        // Without a spool nothing will run: what it would cost can be told without a key.
        List<string>? lacking = spool is null ? [] : null;
        var plan =
            new ChatChecks(options.Models, new ModelKeys(options.Environment), submission.Folder, lacking).Resolve(
                submission.Plan);
        new FetchChecks(new HeaderSecrets(options.Environment, options.Inherit, options.Fetch.Secrets), lacking).Check(
            plan);
        var programs = await ProgramsOfAsync(plan, submission.Folder, IsContained(plan), lacking, cancel);
        var stamps =
            spool is null || reuse is null ? null : new StampTaker(plan, reuse.Live(submission.Folder), options.Time);
        using var forecast = ForecastOf(id, plan, submission.Folder);
        var spooled = await spooler.SpoolAsync(plan, submission.Folder, spool, cancel, Seen(stamps, forecast));
        stamps?.Write(spool!);
        forecast?.End();
        var inputs = InputsOf(plan, spooled.Stages, spooled.Estimates);
        var left = forecast is null ? inputs : InputsOf(plan, spooled.Stages, spooled.Estimates, forecast);
        var budget = submission.Budget is { } given ? BudgetWords.Read(given, plan.Budget) : plan.Budget;
        var toDecide =
            Input(plan,
                left) with
            {
                Merge =
                    forecast is { IsMergeReused: true } ? null : MergeCalls.Of(plan, inputs, options.Models)
            };
        var decision = Told(Decider.Decide(toDecide), forecast);
        inputs = InputsOf(plan, spooled.Stages, spooled.Estimates, cell: decision.Cell);
        CheckCaps(inputs);
        CheckBudget(inputs, budget);
        var level = submission.Autonomy is { } word
            ? ApprovalNames.Level(word)
                ?? throw new PlanException($"autonomy {word}: expected manual, rules or learned")
            : options.Autonomy;
        var record = new JobRecord
        {
            Id = id,
            Name = plan.Name,
            Type = plan.Type,
            PlanJson = PlanJson.Write(plan, withItems: false),
            OptionsJson = JobOptions.Write(level),
            Folder = submission.Folder,
            StagesJson = StageManifest.ToJson(spooled.Stages),
            Created = options.Time.GetUtcNow(),
            Seed = Ids.Seed(),
            Priority = plan.Tasks.Count > 0 ? plan.Tasks.Min(task => task.Priority) : Priority.Medium,
            Branch = plan.Branch,
        };
        var start =
            StartOf(record, plan, budget, spooled.Stages, spooled.Estimates, inputs, decision, programs, forecast) with
            {
                Asks = ApprovalPolicy.Ask(decision, level, Spending.CostsMoney(toDecide)),
                IsBudgetOwn = submission.Budget is not null,
                EverySplitAsks = level == AutonomyLevel.Manual,
                Yes = submission.Yes,
                By = submission.By,
            };
        return new ReadyJob(start, plan, spooled.Stages,
            [.. plan.Warnings, .. spooled.Warnings, .. Warnings(plan, submission.Folder), .. lacking ?? []])
        {
            Lacking = lacking ?? [],
            CountedOn = submission.Yes ? CountedOn.None
                : CountedOnOf(inputs, MergeCalls.Of(plan, inputs, options.Models), forecast),
            Image = programs.GetValueOrDefault(ImageEntry),
        };
    }

    /// <summary>A job that is in the store, as it would be submitted today.</summary>
    /// <param name="stored">The job.</param>
    /// <param name="items">Its items.</param>
    /// <param name="approval">Its approval, if there is one.</param>
    /// <param name="newBudget">A budget that a person gives it now, as `--budget` takes it; null
    /// leaves the one it has.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<ReadyJob> RestoreAsync(
        StoredJob stored, JobItems items, ApprovalRecord? approval, string? newBudget, CancellationToken cancel)
    {
        var plan = PlanJson.Read(stored.Record.PlanJson);
        var manifests = StageManifest.FromJson(stored.Record.StagesJson);
        var estimates = plan.Tasks.Select((_, stage) => items[stage] is { } each && items.FlowOf(stage) is null
            ? ItemEstimates.Of(plan, stage, each)
            : ItemEstimates.None).ToList();
        var decision = stored.Status.DecisionJson is { } json
            ? DecisionJson.Read(json)
            : Decider.Decide(Input(plan, InputsOf(plan, manifests, estimates)));
        var inputs = InputsOf(plan, manifests, estimates, cell: decision.Cell);
        var programs = await ProgramsOfAsync(
            plan, stored.Record.Folder, decision.Cell == CellKind.Docker, lacking: null, cancel);
        using var forecast = ForecastOf(stored.Id, plan, stored.Record.Folder);
        for (var stage = 0; forecast is not null && stage < manifests.Count; stage++)
        {
            for (var i = 0; manifests[stage].Stored && i < items[stage]!.Count; i++)
                forecast.See(stage, items[stage]!.Read(i));
        }

        forecast?.End();
        var toDecide = LeftOf(stored.Id, plan, inputs, decision.Cell, manifests, estimates, forecast);
        decision = Repriced(decision, toDecide);
        var own = newBudget ?? stored.Status.Budget;
        var had = stored.Status.Budget is { } kept ? BudgetWords.Read(kept, BudgetSpec.None) : plan.Budget;
        var budget = newBudget is null ? had : BudgetWords.Read(newBudget, had);
        var start =
            StartOf(stored.Record, plan, budget, manifests, estimates, inputs, decision, programs, forecast) with
            {
                IsBudgetOwn = own is not null,
                EverySplitAsks = JobOptions.LevelOf(stored.Record.OptionsJson) == AutonomyLevel.Manual,
                Decision =
                forecast is null ? decision : Told(Decider.Decide(toDecide), forecast) with { Cell = decision.Cell },
                Asks = (approval is null ? Asks.None : ApprovalNames.Asked(approval.Asks) ?? Asks.Split)
                // a price may have come since it was accepted
                | (Spending.CostsMoney(toDecide) ? Asks.Spending : Asks.None),
            };
        return new ReadyJob(start, plan, manifests, [])
        {
            CountedOn = CountedOnOf(inputs, MergeCalls.Of(plan, inputs, options.Models), forecast),
            Image = programs.GetValueOrDefault(ImageEntry),
        };
    }

    /// <summary>
    /// What is still to be done of a job that is in the store; of one that reuses, without what is done or reused.
    /// </summary>
    private DecisionInput LeftOf(
        string job, PlanSpec plan, IReadOnlyList<StageInput> inputs,
        CellKind cell, IReadOnlyList<StageManifest> manifests,
        IReadOnlyList<ItemEstimates> estimates, Forecast? forecast)
    {
        var calls = MergeCalls.Of(plan, inputs, options.Models);
        if (forecast is null) return Input(plan, inputs) with { Merge = calls };
        var done = new HashSet<int>();
        foreach (var mark in reuse!.Store.ReadMarks(job).Where(mark => mark.State == TaskState.Succeeded))
        {
            for (var item = 0; item < mark.Items; item++) done.Add(mark.Ordinal + item);
        }

        var isMerged = forecast.IsMergeReused || done.Contains(manifests.Sum(stage => stage.Space));
        return Input(plan,
            InputsOf(plan, manifests, estimates, forecast, cell, done)) with
        { Merge = isMerged ? null : calls };
    }

    /// <summary>What costs money and was not asked, because it is reused.</summary>
    private static CountedOn CountedOnOf(IReadOnlyList<StageInput> inputs, MergeCalls? merge, Forecast? forecast) =>
        forecast is null
        ? CountedOn.None
        : new CountedOn(
            [.. inputs.Select((input, at) => input.Call is { CostsMoney: true } ? forecast.Stages[at].Reused : null)],
            forecast.IsMergeReused && merge is { CostsMoney: true });

    private JobStart StartOf(
        JobRecord record, PlanSpec plan, BudgetSpec budget,
        IReadOnlyList<StageManifest> manifests, IReadOnlyList<ItemEstimates> estimates,
        IReadOnlyList<StageInput> inputs, Decision decision, IReadOnlyDictionary<string, string?> programs,
        Forecast? forecast) => new()
        {
            Record = record,
            Stages = Layout.Stages(plan, manifests, estimates, inputs,
                MergeCalls.Of(plan, inputs, options.Models), decision.Children),
            Decision = decision,
            ApprovalHash = HashOf(record, plan, budget, manifests, decision, programs, forecast),
            Budget = budget,
            OnFailure = plan.OnFailure,
            Merge = Layout.MergeOf(plan),
            Expiry = options.Expiry,
        };

    private string HashOf(
        JobRecord record, PlanSpec plan, BudgetSpec budget, IReadOnlyList<StageManifest> manifests, Decision decision,
        IReadOnlyDictionary<string, string?> programs, Forecast? forecast) => ApprovalHash.Of(new ApprovalSubject
        {
            PlanJson = record.PlanJson,
            Items = [.. manifests.Select(stage => new ApprovedItems(stage.Id, stage.Count, stage.Hash))],
            Executables = programs,
            Folder = record.Folder,
            Environment = [.. options.Inherit],
            LimitsJson = string.Join('\n', plan.Tasks.Select(task => task.Limits.ToString())),
            BudgetJson = BudgetWords.Write(budget),
            Cell = decision.Cell,
            Models = ApprovedModels.Of(plan, options.Models),
            Reused =
                forecast is null
                    ? []
                    : [.. forecast.Stages.Select(stage => stage.Reused.Count(known => known)),
                        forecast.IsMergeReused ? 1 : 0],
            ReusedResults = forecast?.Results ?? "",
            // The number that was asked for: one that a person allows instead is kept with the approval itself.
            Width = plan.Children ?? 0,
        });

    private IReadOnlyList<StageInput> InputsOf(
        PlanSpec plan, IReadOnlyList<StageManifest> manifests,
        IReadOnlyList<ItemEstimates> estimates, Forecast? forecast = null,
        CellKind? cell = null, HashSet<int>? done = null)
    {
        var first = new int[manifests.Count];
        for (var at = 1; at < first.Length; at++) first[at] = first[at - 1] + manifests[at - 1].Space;
        bool IsLeft(int stage, int item) =>
            forecast is null || plan.Tasks.Any(task => task.From == plan.Tasks[stage].Id)
            || ((item >= forecast.Stages[stage].Reused.Count || !forecast.Stages[stage].Reused[item])
                && done?.Contains(first[stage] + item) != true);
        int Left(int stage, int count) =>
            forecast is null ? count : Enumerable.Range(0, count).Count(item => IsLeft(stage, item));
        return StageInputs.From(
            plan,
            [.. manifests.Select((stage, at) => Left(at, (int)stage.Count))],
            [.. estimates.Select((estimate,
                at) => (IReadOnlyList<float>?)estimate.Seconds?.Where((_, item) => IsLeft(at, item)).ToArray())],
            cell ?? plan.Cell,
            options.Models);
    }

    private Forecast? ForecastOf(string job, PlanSpec plan, string folder) =>
        plan.Reuse && reuse is not null ? new Forecast(plan, folder, reuse.For(job, plan, folder)) : null;

    private static Action<int, Item, long>? Seen(StampTaker? stamps, Forecast? forecast) => (stamps, forecast) switch
    {
        (null, null) => null,
        (_, null) => stamps.See,
        _ => (task, item, index) =>
        {
            stamps?.See(task, item, index);
            forecast.See(task, item);
        }
        ,
    };

    /// <summary>What was decided stands; what it costs is what would be paid now.</summary>
    private static Decision Repriced(Decision decision, DecisionInput now)
    {
        var cost = Spending.CostUsd(now);
        return cost == decision.CostUsd && Spending.CostsMoney(now) == Spending.CostsMoney(decision.Input)
            ? decision
            : decision with
            {
                CostUsd = cost,
                Input = decision.Input with { Stages = now.Stages, Merge = now.Merge },
                Reasons = [Reasons.Repriced(decision.CostUsd, cost), .. decision.Reasons],
            };
    }

    private static Decision Told(Decision decision, Forecast? forecast)
    {
        if (forecast is null) return decision;
        var (reused, known) = (forecast.Stages.Sum(stage => stage.Tasks), forecast.Stages.Sum(stage => stage.Looked));
        return decision with { Reasons = [Reasons.Reused(reused, known), .. decision.Reasons] };
    }

    private DecisionInput Input(PlanSpec plan, IReadOnlyList<StageInput> inputs) => new()
    {
        Stages = inputs,
        Wish = plan.Children,
        Strategy = plan.Strategy,
        Cell = plan.Cell,
        Isolation = IsolationOf(plan),
        InParent = CellChecks.Delegates(plan).Any(),
        WhyNotDetached = CellChecks.WhyNotDetached(plan, options),
        Machine = machine.Input(),
        GainLight = options.GainLight,
        GainHeavy = options.GainHeavy,
    };

    /// <summary>Among the programs, what stands for those of the image.</summary>
    private string ImageEntry => $"image {options.Docker.Image}";

    /// <param name="plan">The plan.</param>
    /// <param name="folder">The job's.</param>
    /// <param name="isContained">Its tasks run in containers.</param>
    /// <param name="lacking">Takes what is not there, where nothing is to run; null makes it an error.</param>
    /// <param name="cancel">Ends it.</param>
    private async Task<IReadOnlyDictionary<string, string?>> ProgramsOfAsync(
        PlanSpec plan, string folder, bool isContained, List<string>? lacking, CancellationToken cancel)
    {
        var path = options.Environment.GetValueOrDefault("PATH");
        if (!isContained) return Programs.Resolve(plan, folder, path);
        var asked = CellChecks.Asked(plan, IsolationOf(plan), IsolationFrom(plan));
        if (options.Home is { } home && StateInSight.WhyNot(folder, new HomeFolder(home)) is { } inSight)
            throw new PlanException($"{asked} is not available: {inSight}");
        // What a task runs is the image's; only what verifies is this machine's.
        var found = Programs.ResolveChecks(plan, folder, path);
        if (docker is null) return found;
        try
        {
            return new SortedList<string, string?>(found, StringComparer.Ordinal)
            {
                [ImageEntry] = await docker.ImageAsync(folder, asked, cancel),
            };
        }
        catch (MachineLacksException lack) when (lacking is not null)
        {
            lacking.Add(lack.Message);
            return found;
        }
    }

    private bool IsContained(PlanSpec plan) =>
        (plan.Cell == CellKind.Auto ? CellKinds.Lightest(IsolationOf(plan)) : plan.Cell) == CellKind.Docker;

    private Isolation IsolationOf(PlanSpec plan) =>
        plan.Isolation > options.Isolation ? plan.Isolation : options.Isolation;

    private string? IsolationFrom(PlanSpec plan) => plan.Isolation >= options.Isolation ? null : options.IsolationFrom;

    private string[] Warnings(PlanSpec plan, string folder) =>
        IsContained(plan) && DockerPlaces.ReadOnlyWarning(folder) is { } warning ? [warning] : [];

    /// <summary>A budget that not one task fits into is bad input, too.</summary>
    private static void CheckBudget(IReadOnlyList<StageInput> inputs, BudgetSpec budget)
    {
        foreach (var stage in inputs)
        {
            if (stage.Memory > budget.Memory)
            {
                throw new PlanException(
                    $"{stage.Id}: one task is expected to need {stage.Memory >> 20} MB, and the job's "
                    + $"budget.memory is {PlanUnits.ShowSize(budget.Memory.Value)}; raise it, "
                    + "or lower estimate.memory");
            }
        }
    }

    /// <summary>What could never be admitted is bad input, not a wait without end.</summary>
    private void CheckCaps(IReadOnlyList<StageInput> inputs)
    {
        foreach (var stage in inputs)
        {
            if (stage.Memory > options.Caps.Memory)
            {
                throw new PlanException(
                    $"{stage.Id}: one task is expected to need {stage.Memory >> 20} MB, and all tasks together may use "
                    + $"{options.Caps.Memory >> 20} MB (caps.memory); lower estimate.memory or raise the cap");
            }
        }
    }
}
