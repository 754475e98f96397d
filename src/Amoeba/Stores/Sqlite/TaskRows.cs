using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Stores.Sqlite;

/// <summary>A task's row, to and from columns.</summary>
internal static class TaskRows
{
    private const int FigureColumns = 14;

    public const string Columns = """
        id, items, state, attempt, failures, losses, loss_progress, not_before, started, finished, child, error, earlier,
        output_place, output_name, output_offset, output_length, output_hash, output_inline, rev,
        spawn, execution, teardown, peak_memory, cpu_seconds, output_bytes, tokens_input, tokens_output, tokens_cached,
        tokens_reasoning, cost, tool, note, reused
        """;

    /// <summary>Changes nothing where a row with this attempt or a newer one is there.</summary>
    public const string Claim = $"""
        INSERT INTO tasks ({Columns})
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET items = excluded.items, state = excluded.state, attempt = excluded.attempt,
          failures = excluded.failures, losses = excluded.losses, loss_progress = excluded.loss_progress,
          not_before = excluded.not_before, started = excluded.started, finished = excluded.finished,
          child = excluded.child, error = excluded.error, earlier = excluded.earlier,
          output_place = excluded.output_place,
          output_name = excluded.output_name, output_offset = excluded.output_offset,
          output_length = excluded.output_length, output_hash = excluded.output_hash,
          output_inline = excluded.output_inline, rev = excluded.rev, spawn = excluded.spawn,
          execution = excluded.execution, teardown = excluded.teardown, peak_memory = excluded.peak_memory,
          cpu_seconds = excluded.cpu_seconds, output_bytes = excluded.output_bytes,
          tokens_input = excluded.tokens_input, tokens_output = excluded.tokens_output,
          tokens_cached = excluded.tokens_cached, tokens_reasoning = excluded.tokens_reasoning, cost = excluded.cost,
          tool = excluded.tool, note = excluded.note, reused = excluded.reused
        WHERE excluded.attempt > tasks.attempt
        """;

    /// <summary>A first row of a task that was never started; changes nothing where a row is there.</summary>
    public const string Insert = $"""
        INSERT OR IGNORE INTO tasks ({Columns})
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """;

    /// <summary>Changes nothing where the stored row has another attempt or succeeded (2).</summary>
    public const string Update = """
        UPDATE tasks SET items = ?, state = ?, failures = ?, losses = ?, loss_progress = ?, not_before = ?, started = ?,
          finished = ?, child = ?, error = ?, earlier = ?, output_place = ?, output_name = ?, output_offset = ?, output_length = ?,
          output_hash = ?, output_inline = ?, rev = ?, spawn = ?, execution = ?, teardown = ?, peak_memory = ?,
          cpu_seconds = ?, output_bytes = ?, tokens_input = ?, tokens_output = ?, tokens_cached = ?,
          tokens_reasoning = ?, cost = ?, tool = ?, note = ?, reused = ?
        WHERE id = ? AND attempt = ? AND state <> 2
        """;

    public static long Id(long job, int ordinal) => (job << 32) | (uint)ordinal;

    public static Statement AddNew(this Statement statement, long id, TaskRecord task, long rev) => statement
        .Add(id).Add(task.Items).Add((int)task.State).Add(task.Attempt).AddRest(task, rev);

    public static Statement AddChange(this Statement statement, long id, TaskRecord task, long rev) => statement
        .Add(task.Items).Add((int)task.State).AddRest(task, rev).Add(id).Add(task.Attempt);

    public static TaskRecord Read(Statement row, string job) => new()
    {
        Job = job,
        Ordinal = (int)(row.Long() & uint.MaxValue),
        Items = row.Int(),
        State = (TaskState)row.Int(),
        Attempt = row.Int(),
        Failures = row.Int(),
        Losses = row.Int(),
        LossProgress = row.Long(),
        NotBefore = row.TimeOrNull(),
        Started = row.TimeOrNull(),
        Finished = row.TimeOrNull(),
        Child = row.TextOrNull(),
        Error = row.TextOrNull(),
        Earlier = EarlierText.Read(row.TextOrNull()),
        Output = row.Output(),
        Figures = ReadFigures(row),
    };

    private static Statement AddRest(this Statement statement, TaskRecord task, long rev)
    {
        statement.Add(task.Failures).Add(task.Losses).Add(task.LossProgress).Add(task.NotBefore).Add(task.Started)
            .Add(task.Finished).Add(task.Child).Add(task.Error)
            .Add(EarlierText.Write(task.Earlier)).AddOutput(task.Output).Add(rev);
        if (task.Figures is { } cost)
            return statement.Add(cost.Spawn).Add(cost.Execution).Add(cost.Teardown).Add(cost.PeakMemory)
                .Add(cost.CpuSeconds).Add(cost.OutputBytes).AddTokens(cost.Tokens).Add(StoreMoney.Of(cost.CostUsd))
                .Add(cost.Tool).Add(cost.Note).Add(cost.Reused);
        for (var i = 0; i < FigureColumns; i++)
            statement.AddNull();
        return statement;
    }

    private static AttemptFigures? ReadFigures(Statement row)
    {
        row.Skip(1); // rev
        return row.IsNull() ? null : new AttemptFigures
        {
            Spawn = row.Double(),
            Execution = row.Double(),
            Teardown = row.Double(),
            PeakMemory = row.LongOrNull(),
            CpuSeconds = row.DoubleOrNull(),
            OutputBytes = row.Long(),
            Tokens = row.Tokens(),
            CostUsd = StoreMoney.Of(row.Long()),
            Tool = row.TextOrNull(),
            Note = row.TextOrNull(),
            Reused = row.TextOrNull(),
        };
    }
}
