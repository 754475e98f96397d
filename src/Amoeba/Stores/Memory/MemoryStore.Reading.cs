using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Stores.Memory;

internal sealed partial class MemoryStore
{
    public long Rev()
    {
        lock (_lock)
            return _rev;
    }

    public StoredJob? FindJob(string id)
    {
        lock (_lock)
            return _jobs.GetValueOrDefault(id)?.Stored;
    }

    public IReadOnlyList<string> FindJobIds(string prefix, int limit)
    {
        lock (_lock)
        {
            return _jobs.Keys.Where(id => id.StartsWith(prefix, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal).Take(limit).ToList();
        }
    }

    public IReadOnlyList<StoredJob> ListJobs(IReadOnlyCollection<JobState>? states, int limit)
    {
        lock (_lock)
        {
            return NewestFirst().Where(job => states is null || states.Contains(job.Status.State))
                .Take(limit).Select(job => job.Stored).ToList();
        }
    }

    public IReadOnlyList<TaskRecord> ReadTasks(string job, int from, int limit, TaskState? state = null)
    {
        lock (_lock)
        {
            var rows = new List<TaskRecord>();
            if (limit <= 0 || !_jobs.TryGetValue(job, out var found))
                return rows;
            foreach (var (row, _) in found.Rows(from, state: state))
            {
                rows.Add(row);
                if (rows.Count == limit)
                    break;
            }

            return rows;
        }
    }

    public TaskChanges ReadTasksSince(string job, long rev, int limit)
    {
        lock (_lock)
        {
            if (!_jobs.TryGetValue(job, out var found))
                return new TaskChanges([], _rev);
            var changed = found.Rows(since: rev)
                .OrderBy(entry => entry.Rev).ThenBy(entry => entry.Row.Ordinal).ToList();
            var count = Math.Min(Math.Max(1, limit), changed.Count);
            while (count > 0 && count < changed.Count && changed[count].Rev == changed[count - 1].Rev)
                count++;
            return new TaskChanges(
                changed.Take(count).Select(entry => entry.Row).ToList(),
                count < changed.Count ? changed[count - 1].Rev : _rev);
        }
    }

    public TaskRecord? FindTask(string job, int ordinal)
    {
        lock (_lock)
            return _jobs.GetValueOrDefault(job)?.Find(ordinal);
    }

    public IReadOnlyList<TaskMark> ReadMarks(string job)
    {
        lock (_lock)
        {
            return _jobs.TryGetValue(job, out var found)
                ? found.Marks().ToList()
                : [];
        }
    }

    public IReadOnlyList<ChildRecord> ListChildren()
    {
        lock (_lock)
        {
            return _children.Values
                .OrderBy(child => child.Started).ThenBy(child => child.Id, StringComparer.Ordinal).ToList();
        }
    }

    public IReadOnlyList<ParentRecord> ListParents()
    {
        lock (_lock)
        {
            return _parents.Values
                .OrderBy(parent => parent.Started).ThenBy(parent => parent.Id, StringComparer.Ordinal).ToList();
        }
    }

    public ApprovalRecord? FindApproval(string job)
    {
        lock (_lock)
        {
            for (var i = _approvalOrder.Count - 1; i >= 0; i--)
                if (_approvals[_approvalOrder[i]] is { } approval && approval.Job == job)
                    return approval;
            return null;
        }
    }

    public IReadOnlyList<RequestRecord> ListOpenRequests(string? job)
    {
        lock (_lock)
        {
            return _requestOrder.Select(id => _requests[id])
                .Where(request => request.Answer is null && (job is null || request.Job == job)).ToList();
        }
    }

    public RequestRecord? FindRequest(string id)
    {
        lock (_lock)
            return _requests.GetValueOrDefault(id);
    }

    public IReadOnlyList<AuditRecord> ListAudit(string? job, int limit)
    {
        lock (_lock)
        {
            return Enumerable.Reverse(_audit).Select(link => link.Entry)
                .Where(entry => job is null || entry.Job == job).Take(limit).ToList();
        }
    }

    public long? VerifyAudit()
    {
        lock (_lock)
        {
            var before = AuditChain.Start;
            for (var i = 0; i < _audit.Count; i++)
            {
                var (entry, hash) = _audit[i];
                if (!AuditChain.Next(before, entry).AsSpan().SequenceEqual(hash))
                    return i + 1;
                before = hash;
            }

            return null;
        }
    }

    public IReadOnlyList<JobFigures> ListFigures(DateTimeOffset since)
    {
        lock (_lock)
        {
            return [.. _jobs.Values.Where(job => JobLife.IsEnded(job.Status.State) && job.Status.Finished >= since)
                .OrderBy(job => job.Status.Finished).ThenBy(job => job.Sequence)
                .Select(job => Figures(job.Record.Type, job.Status))];
        }
    }

    public IReadOnlyList<string> ListEndedJobs(DateTimeOffset before, int keep, int limit)
    {
        lock (_lock)
        {
            return NewestFirst().Skip(keep)
                .Where(job => JobLife.IsEnded(job.Status.State) && job.Status.Finished < before)
                .OrderBy(job => job.Status.Finished).Take(limit).Select(job => job.Record.Id).ToList();
        }
    }

    private static JobFigures Figures(string type, JobStatusRecord status) =>
        new(type, status.State, status.Finished!.Value, status.Counts)
        {
            ActiveSeconds = status.ActiveSeconds,
            TaskSeconds = status.TaskSeconds,
            Tokens = status.Tokens,
            CostUsd = status.CostUsd,
            Reused = status.Reused,
            Retries = status.Retries,
        };

    private IEnumerable<MemoryJob> NewestFirst() =>
        _jobs.Values.OrderByDescending(job => job.Record.Created).ThenByDescending(job => job.Sequence);
}
