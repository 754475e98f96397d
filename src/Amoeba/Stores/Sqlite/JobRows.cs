using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Stores.Sqlite;

/// <summary>A job's row, to and from columns. The order of columns is stated once for each direction.</summary>
internal static class JobRows
{
    public const string Columns = """
        jobs.id, name, type, folder, branch, priority, created, seed, parent_job, parent_task, call_number, depth,
        state, reason, width, total, running, succeeded, failed, skipped, cancelled, started, finished,
        active_seconds, active_since, task_seconds, tokens_input, tokens_output, tokens_cached, tokens_reasoning, cost,
        jobs.reused, retries, used_attempts, used_spawn, used_teardown, used_cpu, used_memory, used_output, progress,
        output_place, output_name, output_offset, output_length, output_hash, output_inline, owner, epoch, rev,
        plan, options, stages, budget, decision, skips
        """;

    public const string Select = $"SELECT {Columns} FROM jobs JOIN job_texts ON job_texts.job = jobs.key ";

    public const string Insert = """
        INSERT OR IGNORE INTO jobs (id, name, type, folder, branch, priority, created, seed, parent_job, parent_task,
          call_number, depth, state, width, total, running, succeeded, failed, skipped, cancelled, active_seconds,
          task_seconds, tokens_input, tokens_output, tokens_cached, cost, progress, output_place, output_offset,
          output_length, output_hash, owner, epoch, rev)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
          'queued', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ?, ?, ?)
        """;

    public const string InsertTexts =
        "INSERT INTO job_texts (job, plan, options, stages) VALUES (?, ?, ?, ?)";

    public const string UpdateStatus = """
        UPDATE jobs SET state = ?, reason = ?, width = ?, total = ?, running = ?, succeeded = ?, failed = ?,
          skipped = ?,
          cancelled = ?, started = ?, finished = ?, active_seconds = ?, active_since = ?, task_seconds = ?,
          tokens_input = ?, tokens_output = ?, tokens_cached = ?, tokens_reasoning = ?, cost = ?, reused = ?, retries = ?,
          used_attempts = ?, used_spawn = ?, used_teardown = ?, used_cpu = ?, used_memory = ?, used_output = ?,
          progress = ?, output_place = ?,
          output_name = ?, output_offset = ?, output_length = ?, output_hash = ?, output_inline = ?, rev = ?
        WHERE key = ?
        """;

    public const string SelectFigures = """
        SELECT type, state, finished, total, running, succeeded, failed, skipped, cancelled, active_seconds, task_seconds,
          tokens_input, tokens_output, tokens_cached, tokens_reasoning, cost, reused, retries
        FROM jobs WHERE finished >= ? AND state IN ('succeeded', 'failed', 'cancelled') ORDER BY finished, key
        """;

    public static Statement AddRecord(this Statement statement, JobRecord job) => statement
        .Add(job.Id).Add(job.Name).Add(job.Type).Add(job.Folder).Add(job.Branch).Add(Names.Of(job.Priority))
        .Add(job.Created).Add(job.Seed).Add(job.ParentJob).Add(job.ParentTask).Add(job.CallNumber).Add(job.Depth);

    public static Statement AddStatus(this Statement statement, JobStatusRecord status)
    {
        var counts = status.Counts;
        return statement.Add(Names.Of(status.State)).Add(status.Reason).Add(status.Width).Add(counts.Total)
            .Add(counts.Running).Add(counts.Succeeded).Add(counts.Failed).Add(counts.Skipped).Add(counts.Cancelled)
            .Add(status.Started).Add(status.Finished).Add(status.ActiveSeconds).Add(status.ActiveSince)
            .Add(status.TaskSeconds).AddTokens(status.Tokens)
            .Add(StoreMoney.Of(status.CostUsd)).Add(status.Reused).Add(status.Retries)
            .Add(status.Used.Attempts).Add(status.Used.Spawn).Add(status.Used.Teardown).Add(status.Used.CpuSeconds)
            .Add(status.Used.PeakMemory).Add(status.Used.OutputBytes)
            .Add(status.Progress)
            .AddOutput(status.Output);
    }

    public static StoredJob Read(Statement row)
    {
        var record = new JobRecord
        {
            Id = row.Text(),
            Name = row.Text(),
            Type = row.Text(),
            Folder = row.Text(),
            Branch = row.Text(),
            Priority = Words.Priority(row.Text()),
            Created = row.Time(),
            Seed = row.Long(),
            ParentJob = row.TextOrNull(),
            ParentTask = row.IntOrNull(),
            CallNumber = row.IntOrNull(),
            Depth = row.Int(),
            PlanJson = "",
            OptionsJson = "",
            StagesJson = "",
        };
        var status = ReadStatus(row);
        var (owner, epoch, rev) = (row.TextOrNull(), row.Long(), row.Long());
        record = record with
        {
            PlanJson = row.Text(),
            OptionsJson = row.Text(),
            StagesJson = row.Text(),
        };
        status =
            status with { Budget = row.TextOrNull(), DecisionJson = row.TextOrNull(), SkippedJson = row.TextOrNull() };
        return new StoredJob(record, status, owner, epoch, rev);
    }

    public static JobFigures ReadFigures(Statement row) => new(
        row.Text(), Words.JobState(row.Text()), row.Time(),
        new TaskCounts(row.Int(), row.Int(), row.Int(), row.Int(), row.Int(), row.Int()))
    {
        ActiveSeconds = row.Double(),
        TaskSeconds = row.Double(),
        Tokens = row.Tokens(),
        CostUsd = StoreMoney.Of(row.Long()),
        Reused = row.Int(),
        Retries = row.Int(),
    };

    private static JobStatusRecord ReadStatus(Statement row) => new()
    {
        State = Words.JobState(row.Text()),
        Reason = row.TextOrNull(),
        Width = row.Int(),
        Counts = new TaskCounts(row.Int(), row.Int(), row.Int(), row.Int(), row.Int(), row.Int()),
        Started = row.TimeOrNull(),
        Finished = row.TimeOrNull(),
        ActiveSeconds = row.Double(),
        ActiveSince = row.TimeOrNull(),
        TaskSeconds = row.Double(),
        Tokens = row.Tokens(),
        CostUsd = StoreMoney.Of(row.Long()),
        Reused = row.Int(),
        Retries = row.Int(),
        Used = new ChildUse(row.Int(), row.Double(), row.Double(), row.Double(), row.Long(), row.Long()),
        Progress = row.Long(),
        Output = row.Output(),
    };
}
