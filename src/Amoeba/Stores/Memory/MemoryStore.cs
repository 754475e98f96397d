using System.Runtime.InteropServices;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Scheduling;

namespace Amoeba.Stores.Memory;

/// <summary>A store that lives and ends with its process; otherwise it behaves like any other.</summary>
internal sealed partial class MemoryStore : IStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, MemoryJob> _jobs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ParentRecord> _parents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LeaseHolding> _leases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ChildRecord> _children = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ApprovalRecord> _approvals = new(StringComparer.Ordinal);
    private readonly Dictionary<PacedKind, List<DateTimeOffset>> _turns = [];
    private readonly List<string> _approvalOrder = [];
    private readonly Dictionary<string, RequestRecord> _requests = new(StringComparer.Ordinal);
    private readonly List<string> _requestOrder = [];
    private readonly List<(AuditRecord Entry, byte[] Hash)> _audit = [];
    private long _rev;
    private long _sequence;
    private long _batch;

    public bool IsDurable => false;

    public CommitResult Commit(CommitBatch batch)
    {
        lock (_lock)
        {
            if (batch.IsEmpty)
                return new CommitResult(_rev, []);
            _batch++;
            var rejected = new List<string>();
            var created = new List<MemoryJob>();
            CheckJobs(batch, created, rejected);
            try
            {
                CheckTasks(batch, rejected);
            }
            catch
            {
                foreach (var job in created)
                    _jobs.Remove(job.Record.Id);
                throw;
            }

            foreach (var job in created)
                if (job.Rejected)
                    _jobs.Remove(job.Record.Id);
            _rev++;
            WriteJobs(batch);
            WriteTasks(batch);
            WriteOthers(batch, rejected);
            return new CommitResult(_rev, rejected);
        }
    }

    public long? Acquire(string job, string parent, long epoch)
    {
        lock (_lock)
        {
            if (!_jobs.TryGetValue(job, out var found) || found.Epoch != epoch)
                return null;
            found.Owner = parent;
            found.Epoch++;
            found.Rev = ++_rev;
            return found.Epoch;
        }
    }

    public void Release(string job, string parent, long epoch)
    {
        lock (_lock)
        {
            if (!_jobs.TryGetValue(job, out var found) || found.Epoch != epoch || found.Owner != parent)
                return;
            found.Owner = null;
            found.Rev = ++_rev;
        }
    }

    public void AddParent(ParentRecord parent)
    {
        lock (_lock)
        {
            _parents[parent.Id] = parent;
            _rev++;
        }
    }

    public void RemoveParent(string parent)
    {
        lock (_lock)
        {
            _parents.Remove(parent);
            _leases.Remove(parent);
            foreach (var child in _children.Values.Where(child => child.Parent == parent).ToList())
                _children.Remove(child.Id);
            _rev++;
        }
    }

    public void AddRequest(RequestRecord request)
    {
        lock (_lock)
        {
            if (_requests.TryAdd(request.Id, request))
                _requestOrder.Add(request.Id);
            _rev++;
        }
    }

    public Lease UpdateLease(string parent, LeaseWant want, Lease caps, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (!_parents.ContainsKey(parent))
                return default;
            (var may, _leases[parent]) = LeaseShare.Grant(parent, want, [.. _leases.Values], caps, now);
            return may;
        }
    }

    public IReadOnlyList<DateTimeOffset> TakeTurns(PacedKind kind, int wanted, SpawnPace pace, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (!_turns.TryGetValue(kind, out var given))
                _turns.Add(kind, given = []);
            given.RemoveAll(at => at < now - SpawnLine.Memory || at > now + SpawnLine.Farthest(pace));
            var next = SpawnLine.Next([.. given.OrderDescending().Take(pace.Most)], wanted, pace, now);
            given.AddRange(next);
            return next;
        }
    }

    public void DeleteJob(string job)
    {
        lock (_lock)
        {
            _jobs.Remove(job);
            foreach (var child in _children.Values.Where(child => child.Job == job).ToList())
                _children.Remove(child.Id);
            foreach (var approval in _approvals.Values.Where(approval => approval.Job == job).ToList())
                _approvals.Remove(approval.Id);
            foreach (var request in _requests.Values.Where(request => request.Job == job).ToList())
                _requests.Remove(request.Id);
            _approvalOrder.RemoveAll(id => !_approvals.ContainsKey(id));
            _requestOrder.RemoveAll(id => !_requests.ContainsKey(id));
            _rev++;
        }
    }

    public void Dispose()
    {
    }

    private void CheckJobs(CommitBatch batch, List<MemoryJob> created, List<string> rejected)
    {
        foreach (ref readonly var write in CollectionsMarshal.AsSpan(batch.Jobs))
        {
            var there = _jobs.TryGetValue(write.Id, out var job);
            if (write.Created is { } record && !there && !IsNestedTwin(record))
            {
                job = new MemoryJob(record, ++_sequence) { Owner = write.Owner, Epoch = write.Epoch };
                _jobs.Add(write.Id, job);
                created.Add(job);
            }
            else if (!there || write.Created is not null || job!.Epoch != write.Epoch || job.Owner != write.Owner)
            {
                rejected.Add(write.Id);
                if (job is null)
                    continue;
                job.Batch = _batch;
                job.Rejected = true;
                continue;
            }

            job.Batch = _batch;
            job.Rejected = false;
        }
    }

    /// <summary>A nested job is found again by its parent task and call number: there is never a second one.</summary>
    private bool IsNestedTwin(JobRecord record) => record.ParentJob is not null && _jobs.Values.Any(job =>
        job.Record.ParentJob == record.ParentJob && job.Record.ParentTask == record.ParentTask
        && job.Record.CallNumber == record.CallNumber);

    private void CheckTasks(CommitBatch batch, List<string> rejected)
    {
        MemoryJob? job = null;
        var id = "";
        foreach (var row in CollectionsMarshal.AsSpan(batch.Tasks))
        {
            if (!ReferenceEquals(row.Job, id))
            {
                id = row.Job;
                job = JobOf(id, rejected);
            }

            if (job is { Rejected: false } && !Allows(in job.Peek(row.Ordinal), row))
            {
                job.Rejected = true;
                rejected.Add(id);
            }
        }
    }

    private static bool Allows(in PackedTask stored, TaskRecord next) =>
        TaskFence.Allows(stored.IsThere ? stored.State : null, stored.Attempt, next);

    private MemoryJob? JobOf(string id, List<string> rejected)
    {
        if (_jobs.TryGetValue(id, out var job) && job.Batch == _batch)
            return job;
        return rejected.Contains(id)
            ? null
            : throw new InvalidOperationException(
                $"A task row of job {id} came without the job's own part of the batch.");
    }

    private void WriteJobs(CommitBatch batch)
    {
        foreach (ref readonly var write in CollectionsMarshal.AsSpan(batch.Jobs))
        {
            if (!_jobs.TryGetValue(write.Id, out var job) || job.Rejected)
                continue;
            if (write.Created is null && write.Status is null && !write.Released)
                continue;
            job.Status = write.Status ?? job.Status;
            job.Owner = write.Released ? null : job.Owner;
            job.Rev = _rev;
        }
    }

    private void WriteTasks(CommitBatch batch)
    {
        MemoryJob? job = null;
        var id = "";
        foreach (var row in CollectionsMarshal.AsSpan(batch.Tasks))
        {
            if (!ReferenceEquals(row.Job, id))
            {
                id = row.Job;
                job = _jobs.GetValueOrDefault(id);
            }

            if (job is { Rejected: false })
                job.Put(row, _rev);
        }
    }

    private void WriteOthers(CommitBatch batch, List<string> rejected)
    {
        foreach (var child in batch.Children)
            if (!rejected.Contains(child.Job))
                _children[child.Id] = child;
        foreach (var child in batch.GoneChildren)
            _children.Remove(child);
        foreach (var approval in batch.Approvals)
        {
            if (rejected.Contains(approval.Job))
                continue;
            if (!_approvals.ContainsKey(approval.Id))
                _approvalOrder.Add(approval.Id);
            _approvals[approval.Id] = approval;
        }

        foreach (var entry in batch.Audits)
            if (entry.Job is null || !rejected.Contains(entry.Job))
                _audit.Add((entry, AuditChain.Next(_audit.Count > 0 ? _audit[^1].Hash : AuditChain.Start, entry)));
        foreach (var request in batch.AnsweredRequests)
            if (!rejected.Contains(request.Job)
                && _requests.TryGetValue(request.Id, out var open) && open.Answer is null)
                _requests[request.Id] = open with { Answer = request.Answer };
    }
}
