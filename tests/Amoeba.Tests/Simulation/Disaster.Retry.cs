using Amoeba.Engine;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Tests.Simulation;

/// <summary>
/// Jobs that ended are retried, as the command does it: with a parent of its own that holds the job for a moment.
/// </summary>
internal sealed partial class Disaster
{
    private const int MostRetries = 2;

    private readonly Dictionary<string, int> _retries = [];
    private int _commands;

    private void PlanRetry(string id, JobState state)
    {
        if (state is not (JobState.Failed or JobState.Cancelled)
            || _retries.GetValueOrDefault(id) >= MostRetries || !Chance(0.4))
        {
            return;
        }

        _retries[id] = _retries.GetValueOrDefault(id) + 1;
        _commands++;
        _timeline.Plan(Span(15), () => Retry(id));
    }

    private void Retry(string id)
    {
        var command = Register(new SimulatedParent($"{SimulatedParent.Command}{++_parentsMade}", _caps));
        if (_store.FindJob(id) is { } job && JobLife.IsEnded(job.Status.State) && Take(command, job, goOn: false))
        {
            _invariants.Report.Retries++;
            var rows = _store.ReadTasks(id, 0, int.MaxValue)
                .Where(row => row.State != TaskState.Succeeded || IsMadeMerge(_jobs[id], row)).ToList();
            var failed = rows.Find(row => row.State == TaskState.Failed);
            var argument = failed is not null && Chance(0.3) ? $"{failed.Ordinal}" : null;
            Post(command, new JobAsked(
                new RequestRecord($"r{++_requests}", id, "retry", argument, "test", _timeline.Moment.Wall), rows));
        }

        Post(command, new StopRequested(TimeSpan.Zero));
        PlanLeave(command);
    }

    private void PlanLeave(SimulatedParent command) => _timeline.Plan(TimeSpan.FromSeconds(1), () =>
    {
        if (command.IsAlive && (command.Inbox.Count > 0 || !command.Core.IsEmpty))
        {
            PlanLeave(command);
            return;
        }

        _commands--;
        if (command.IsAlive)
        {
            (command.IsAlive, command.IsLocked) = (false, false);
            _store.RemoveParent(command.Id);
        }
    });
}
