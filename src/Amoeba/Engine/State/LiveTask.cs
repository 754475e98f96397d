using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Engine.State;

/// <summary>A task within the window: ready, delayed or running, or just ended and not yet written.</summary>
internal sealed class LiveTask(LiveStage stage, int ordinal, int items)
{
    public LiveStage Stage { get; } = stage;

    public int Ordinal { get; } = ordinal;

    public int Items { get; set; } = items;

    public TaskState State { get; private set; } = TaskState.Waiting;

    public int Attempt { get; set; }

    public int Failures { get; set; }

    public int Losses { get; set; }

    public long LossProgress { get; set; }

    public DateTimeOffset? NotBefore { get; set; }

    public DateTimeOffset? Started { get; set; }

    public DateTimeOffset? Finished { get; set; }

    public string? Child { get; set; }

    public string? Error { get; set; }

    public OutputRef Output { get; set; } = OutputRef.None;

    public AttemptFigures? Figures { get; set; }

    public IReadOnlyList<EarlierAttempt> Earlier { get; private set; } = [];

    /// <summary>Goes before all others, because its parent died under it.</summary>
    public bool FirstInLine { get; set; }

    /// <summary>
    /// Its row says succeeded, and is replaced by nothing but the next attempt: a merge that is made again.
    /// </summary>
    public bool KeepsRow { get; set; }

    /// <summary>Ready or running as the one of its group; of a stage without groups, whenever it is either.</summary>
    public bool IsOut { get; set; }

    /// <summary>A commit has it, so that whatever becomes of it has to be written.</summary>
    public bool HasRow { get; set; }

    /// <summary>Is in the list of rows to write.</summary>
    public bool Dirty { get; set; }

    /// <summary>Its attempt is not its last: what is known of it goes to the earlier ones.</summary>
    public void KeepAttempt(string? why)
    {
        const int MostKept = 10, LongestWhy = 500;
        why = why is { Length: > LongestWhy } ? why[..LongestWhy] + "…" : why;
        Earlier = [.. Earlier.TakeLast(MostKept - 1), new EarlierAttempt(Attempt, Child, why, Figures)];
        Figures = null;
    }

    public void Move(TaskState to) => State = TaskLife.Move(State, to);

    public TaskRecord ToRecord() => new()
    {
        Job = Stage.Job.Id,
        Ordinal = Ordinal,
        Items = Items,
        State = State,
        Attempt = Attempt,
        Failures = Failures,
        Losses = Losses,
        LossProgress = LossProgress,
        NotBefore = NotBefore,
        Started = Started,
        Finished = Finished,
        Child = Child,
        Error = Error,
        Output = Output,
        Figures = Figures,
        Earlier = Earlier,
    };

    /// <summary>A task that is done again whatever its row says; what is known of its last attempt is kept.</summary>
    public static LiveTask Again(LiveStage stage, TaskRecord row)
    {
        var task = new LiveTask(stage, row.Ordinal, row.Items)
        {
            HasRow = true,
            Attempt = row.Attempt,
            Child = row.Child,
            Figures = row.Figures,
            Earlier = row.Earlier,
            KeepsRow = row.State == TaskState.Succeeded,
        };
        var isKept = row.Earlier.Any(earlier => earlier.Attempt == row.Attempt);
        if (row.Attempt > 0 && !isKept) task.KeepAttempt(row.Error ?? Names.Of(row.State));
        task.Child = null;
        task.Figures = null;
        return task;
    }

    public static LiveTask From(LiveStage stage, TaskRecord row) => new(stage, row.Ordinal, row.Items)
    {
        HasRow = true,
        State = row.State,
        Attempt = row.Attempt,
        Failures = row.Failures,
        Losses = row.Losses,
        LossProgress = row.LossProgress,
        NotBefore = row.NotBefore,
        Started = row.Started,
        Finished = row.Finished,
        Child = row.Child,
        Error = row.Error,
        Output = row.Output,
        Figures = row.Figures,
        Earlier = row.Earlier,
    };
}
