using Amoeba.Engine.Ports;

namespace Amoeba.Engine;

/// <summary>What this parent wants of the caps that all parents share.</summary>
internal sealed partial class EngineCore
{
    private LeaseWant _told;
    private Lease _wanted;
    private bool _toldProgramAlone;
    private long _started;

    private bool MayStartProgram => _inUse.Programs < _lease.Programs;

    /// <summary>It asked for more programs than it was granted, and runs all that it was granted.</summary>
    private bool WaitsForProgram => !MayStartProgram && _lease.Programs < _told.Wanted.Programs;

    /// <summary>What to tell the store now: what is wanted, what is in use, and what the next start takes.</summary>
    public LeaseWant TellWant()
    {
        _wanted = Wanted();
        _toldProgramAlone = WaitsForProgram;
        return _told = new LeaseWant(
            _toldProgramAlone ? Wanted(butPrograms: true) : _wanted, _inUse, Least(), _started);
    }

    /// <summary>Has the edge tell the store, when it has to know before it is told anyway.</summary>
    private void StateWant()
    {
        var wanted = Wanted();
        var lacksRest = _toldProgramAlone && MayStartProgram && Least() != default;
        if (wanted != _wanted || lacksRest || (_inUse != _told.InUse && HoldsMore(wanted)))
        {
            _wanted = wanted;
            _told = _told with { InUse = _inUse };
            _toldProgramAlone = false;
            _effects.Add(LeaseWanted.Instance);
        }
    }

    /// <summary>
    /// The store has it down for more than it wants or may use: each slot that comes free is given back.
    /// </summary>
    private bool HoldsMore(Lease wanted) => Exceeds(_told.InUse, wanted) || Exceeds(_told.InUse, _lease);

    private static bool Exceeds(Lease one, Lease other) =>
        one.Light > other.Light || one.Heavy > other.Heavy
            || one.Programs > other.Programs || one.Memory > other.Memory;

    /// <param name="butPrograms">Of jobs in which all is programs nothing but these is wanted.</param>
    private Lease Wanted(bool butPrograms = false)
    {
        var (light, heavy, programs, memory) = (0L, 0L, 0L, 0L);
        foreach (var job in _ordered)
        {
            if (!job.MayStart || _stopping)
            {
                continue; // what still runs of one that may not is told as in use
            }

            programs += job.HasPrograms ? job.Width : 0;
            if (!butPrograms || job.HasOthers)
            {
                light += IsHeavy(job) ? 0 : job.Width;
                heavy += IsHeavy(job) ? job.Width : 0;
                memory += Math.Min(job.MostMemory, options.Caps.Memory) * job.Width;
            }
        }

        var most = options.Caps;
        return new Lease(
            (int)Math.Min(light, most.Light), (int)Math.Min(heavy, most.Heavy), (int)Math.Min(programs, most.Programs),
            Math.Min(memory, most.Memory));
    }

    /// <summary>
    /// What the next start takes, so that it can be made with that. What waits for a program insists on that alone: the
    /// child and the memory for it are of use to others for as long as it waits. Everybody takes them in this order, so
    /// that no two wait for each other.
    /// </summary>
    internal Lease Least() => WaitsForProgram
        ? LeastOf(programs: false) with { Programs = LeastOf(programs: true).Programs }
        : LeastOf(programs: true);

    /// <summary>
    /// The memory of the most overdue task, which nothing may keep out any longer, the largest of those due alike, or
    /// else of the smallest of those first in their jobs.
    /// </summary>
    private Lease LeastOf(bool programs)
    {
        var (any, light, heavy, program, memory, waiting) = (false, false, false, false, long.MaxValue, _now.Uptime);
        foreach (var job in _ordered)
        {
            // Only the first of a job is looked at, as when something is started: what is behind it does not pass it.
            if (First(job, programs, out var key) is not { } task)
            {
                continue;
            }

            var needs = task.Stage.Plan.Memory;
            if (key.Due < waiting)
            {
                (waiting, memory) = (key.Due, needs);
            }
            else if (waiting == _now.Uptime)
            {
                memory = Math.Min(memory, needs);
            }
            else if (key.Due == waiting)
            {
                memory = Math.Max(memory, needs); // the larger one is what the others have to wait for
            }

            any = true;
            light |= !IsHeavy(job);
            heavy |= IsHeavy(job);
            program |= task.Stage.Plan.Program;
        }

        // While the machine lacks the memory nothing is kept free for it: others, of whom nothing runs, may go on.
        return any && !_stopping && MachineHas(memory)
            ? new Lease(light ? 1 : 0, heavy ? 1 : 0, program ? 1 : 0, memory)
            : default;
    }
}
