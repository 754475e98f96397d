using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Stores.Sqlite;

/// <summary>
/// Writes one batch within the caller's transaction. A row that is fenced off names its job and ends the attempt: the
/// caller rolls back and begins again without that job, which is rare and needs no savepoints.
/// </summary>
internal sealed class SqliteCommit(Db db)
{
    private readonly Dictionary<string, Part> _parts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Epoch, string? Decision, string? Skips, string? Budget)> _texts =
        new(StringComparer.Ordinal);

    /// <summary>Jobs that are left out; grows while the batch is written.</summary>
    public HashSet<string> Rejected { get; } = new(StringComparer.Ordinal);

    public long Rev { get; private set; }

    /// <returns>False where a job more has to be left out and the transaction begun again.</returns>
    public bool TryWrite(CommitBatch batch)
    {
        _parts.Clear();
        Rev = db.Number("SELECT rev FROM meta") + 1;
        foreach (ref readonly var write in CollectionsMarshal.AsSpan(batch.Jobs))
            WriteJob(in write);
        if (!WriteTasks(batch.Tasks))
            return false;
        WriteChanges();
        WriteOthers(batch);
        if (batch.Audits.Count > 0)
            WriteAudits(batch.Audits);
        db.Use("UPDATE meta SET rev = ?").Add(Rev).Run();
        return true;
    }

    /// <summary>Called after the transaction is on disk.</summary>
    public void Remember(CommitBatch batch)
    {
        foreach (ref readonly var write in CollectionsMarshal.AsSpan(batch.Jobs))
        {
            var ended = write.Status is { } last && JobLife.IsEnded(last.State);
            if (Rejected.Contains(write.Id) || write.Released || ended)
                _texts.Remove(write.Id);
            else if (write.Status is { } status)
                _texts[write.Id] = (write.Epoch, status.DecisionJson, status.SkippedJson, status.Budget);
        }
    }

    private void WriteJob(in JobWrite write)
    {
        if (Rejected.Contains(write.Id))
            return;
        var key = write.Created is { } record ? Insert(record, in write) : Own(in write);
        if (key is not { } found)
        {
            Rejected.Add(write.Id);
            return;
        }

        _parts[write.Id] = new Part(found);
        if (write.Status is { } status)
        {
            db.Use(JobRows.UpdateStatus).AddStatus(status).Add(Rev).Add(found).Run();
            // Most commits change counts alone; these texts may be long, so they are written when they changed.
            var texts = (write.Epoch, status.DecisionJson, status.SkippedJson, status.Budget);
            if (!_texts.TryGetValue(write.Id, out var last) || last != texts)
            {
                db.Use("UPDATE job_texts SET decision = ?, skips = ?, budget = ? WHERE job = ?")
                    .Add(status.DecisionJson).Add(status.SkippedJson).Add(status.Budget).Add(found).Run();
            }
        }

        if (write.Released)
            db.Use("UPDATE jobs SET owner = NULL, rev = ? WHERE key = ?").Add(Rev).Add(found).Run();
    }

    private long? Insert(JobRecord record, in JobWrite write)
    {
        if (db.Use(JobRows.Insert).AddRecord(record).Add(write.Owner).Add(write.Epoch).Add(Rev).Run() == 0)
            return null;
        var key = db.LastId;
        db.Use(JobRows.InsertTexts)
            .Add(key).Add(record.PlanJson).Add(record.OptionsJson).Add(record.StagesJson).Run();
        return key;
    }

    private long? Own(in JobWrite write)
    {
        var found = db.Use("SELECT key FROM jobs WHERE id = ? AND owner = ? AND epoch = ?")
            .Add(write.Id).Add(write.Owner).Add(write.Epoch);
        long? key = found.Step() ? found.Long() : null;
        found.Reset();
        return key;
    }

    private bool WriteTasks(List<TaskRecord> tasks)
    {
        if (tasks.Count == 0)
            return true;
        var (claim, update, insert) = (db.Use(TaskRows.Claim), db.Use(TaskRows.Update), db.Use(TaskRows.Insert));
        string? id = null;
        Part? part = null;
        foreach (var task in CollectionsMarshal.AsSpan(tasks))
        {
            if (!ReferenceEquals(task.Job, id))
                part = PartOf(id = task.Job);
            if (part is null)
                continue;
            var row = TaskRows.Id(part.Key, task.Ordinal);
            var written = task switch
            {
                { State: TaskState.Running, Attempt: 0 } => 0,
                { State: TaskState.Running } => claim.AddNew(row, task, Rev).Run(),
                _ => update.AddChange(row, task, Rev).Run(),
            };
            if (written == 0 && task.State != TaskState.Running && task.Attempt == 0)
                written = insert.AddNew(row, task, Rev).Run();
            if (written == 0)
            {
                Rejected.Add(task.Job);
                return false;
            }

            part.Ordinals.Add(task.Ordinal);
        }

        return true;
    }

    private Part? PartOf(string job)
    {
        if (_parts.TryGetValue(job, out var part))
            return part;
        return Rejected.Contains(job)
            ? null
            : throw new InvalidOperationException(
                $"A task row of job {job} came without the job's own part of the batch.");
    }

    private void WriteChanges()
    {
        foreach (var part in _parts.Values)
        {
            if (part.Ordinals.Count == 0)
                continue;
            var bytes = new byte[part.Ordinals.Count * 4];
            for (var i = 0; i < part.Ordinals.Count; i++)
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * 4), part.Ordinals[i]);
            db.Use("INSERT INTO task_changes VALUES (?, ?, ?)").Add(part.Key).Add(Rev).Add(bytes).Run();
        }
    }

    private void WriteOthers(CommitBatch batch)
    {
        foreach (var child in batch.Children)
            if (!Rejected.Contains(child.Job))
                db.Use(OtherRows.PutChild).AddChild(child).Add(Rev).Run();
        foreach (var child in batch.GoneChildren)
            db.Use("DELETE FROM children WHERE id = ?").Add(child).Run();
        foreach (var approval in batch.Approvals)
            if (!Rejected.Contains(approval.Job))
                db.Use(OtherRows.PutApproval).AddApproval(approval).Add(Rev).Run();
        foreach (var request in batch.AnsweredRequests)
            if (!Rejected.Contains(request.Job))
                db.Use("UPDATE requests SET answer = ?, rev = ? WHERE id = ? AND answer IS NULL")
                    .Add(request.Answer).Add(Rev).Add(request.Id).Run();
    }

    private void WriteAudits(List<AuditRecord> audits)
    {
        var head = db.Use("SELECT audit_head FROM meta").First(row => row.Bytes())!;
        foreach (var entry in audits)
        {
            if (entry.Job is not null && Rejected.Contains(entry.Job))
                continue;
            head = AuditChain.Next(head, entry);
            db.Use("INSERT INTO audit (at, who, what, job, why, hash) VALUES (?, ?, ?, ?, ?, ?)")
                .Add(entry.At).Add(entry.Who).Add(entry.What).Add(entry.Job).Add(entry.Why).Add(head).Run();
        }

        db.Use("UPDATE meta SET audit_head = ?").Add(head).Run();
    }

    /// <summary>What this batch writes of one job.</summary>
    private sealed class Part(long key)
    {
        public long Key { get; } = key;

        public List<int> Ordinals { get; } = [];
    }
}
