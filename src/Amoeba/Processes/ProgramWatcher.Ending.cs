using Microsoft.Extensions.Logging;

namespace Amoeba.Processes;

/// <content>From the last output of a program to the word that it has ended.</content>
internal sealed unsafe partial class ProgramWatcher
{
    /// <summary>Hands on what a stream holds, at most about <paramref name="limit"/> bytes.</summary>
    private void Pump(RunningProgram program, ProgramStream stream, int limit)
    {
        var channels = program.Channels;
        for (var total = 0; total < limit;)
        {
            var fd = channels.Of(stream);
            if (fd < 0) return;
            nint count;
            fixed (byte* start = _buffer) count = Libc.Read(fd, start, BufferSize);
            if (count < 0 && Libc.LastError is Libc.EAgain or Libc.EIntr) return;
            if (count <= 0)
            {
                channels.Close(stream);
                return;
            }

            total += (int)count;
            if (!Deliver(program, stream, _buffer.AsSpan(0, (int)count)))
            {
                channels.Refused = true;
                // Killed first: a closed pipe would let it end of that, or live on with its output gone.
                if (!channels.Ended) program.Kill();
                channels.Close(stream);
                return;
            }

            // A short read emptied the pipe; asking again would only say so.
            if (count < BufferSize && !channels.Ended) return;
        }
    }

    private static bool Deliver(RunningProgram program, ProgramStream stream, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return program.Output.OnOutput(stream, bytes);
        }
        catch (Exception bug)
        {
            // One sink's bug must not take the thread that all programs live by.
            program.Channels.Bug ??= bug;
            LogSinkFailed(program.Logger, bug, program.Pid);
            return false;
        }
    }

    private void OnProgramExit(RunningProgram program)
    {
        var channels = program.Channels;
        if (channels.Ended) return;
        channels.Ended = true;
        // A grandchild may hold the pipes for ever; what was written until now is all that counts.
        Pump(program, ProgramStream.Stdout, LargestPipe);
        Pump(program, ProgramStream.Stderr, LargestPipe);
        if (program.Tree == TreeCare.End)
        {
            // What is left is noted before it is killed, else it could not be told how much it was; and before the
            // pipes are closed, by which it may be recognised.
            _adopted.Refresh();
            program.SignalGroup(Libc.SigKill);
            program.Group?.Kill();
        }

        channels.CloseAll();
        channels.Remaining = int.MaxValue;
        TryFinish(program);
    }

    private void TryFinish(RunningProgram program)
    {
        // Told already, and something that may have been its own ended later.
        if (Programs.ById(program.Id) is null) return;
        var channels = program.Channels;
        var remaining = 0;
        if (program.Tree == TreeCare.End)
        {
            _adopted.Refresh();
            (remaining, var killed) = _adopted.KillRestOf(program);
            channels.LeftBehind += killed;
            // As long as they become fewer they are many, not unkillable.
            if (remaining < channels.Remaining)
            {
                channels.Remaining = remaining;
                channels.Deadline =
                    Stamp() + (long)(KillPatience.TotalSeconds * TimeProvider.System.TimestampFrequency);
            }

            if (remaining > 0 && Stamp() < channels.Deadline) return;
        }

        if (!program.TrySeeEnd(out var status, out var use)) return;
        if (remaining > 0) LogUnkillable(program.Logger, program.Pid, remaining);
        Tell(program, ExitOf(program, status, use) with { LeftBehind = channels.LeftBehind, Unkillable = remaining });
        program.Reap();
        // Not before: a zombie that nobody knows would be taken for an orphan.
        Programs.Remove(program);
    }

    private static void Tell(RunningProgram program, ProgramExit exit)
    {
        try
        {
            program.Output.OnExit(exit);
        }
        catch (Exception bug)
        {
            program.Channels.Bug ??= bug;
            LogSinkFailed(program.Logger, bug, program.Pid);
        }

        if (program.Channels.Bug is { } failure) program.Fail(failure);
        else program.Complete(exit);
    }

    private static ProgramExit ExitOf(RunningProgram program, int status, Libc.ResourceUse use)
    {
        var signal = status & 0x7f;
        var peak = Math.Max(program.Peak, OwnPeak(use));
        return new ProgramExit
        {
            Code = status >= 0 && signal == 0 ? (status >> 8) & 0xff : null,
            Signal = status >= 0 && signal != 0 ? signal : null,
            CpuTime = use.CpuTime + program.ReapedTime,
            PeakMemory = peak > 0 ? peak : null,
            OutputRefused = program.Channels.Refused,
        };
    }

    /// <summary>
    /// A started program shares our memory until it executes, and the kernel's peak counts that too: only a figure
    /// above our own peak is the program's.
    /// </summary>
    private static long OwnPeak(Libc.ResourceUse use)
    {
        Libc.ResourceUse own;
        if (Libc.GetResourceUse(0, &own) != 0 || use.MaxResidentKilobytes <= own.MaxResidentKilobytes) return 0;
        return use.MaxResidentKilobytes * 1024;
    }

    [LoggerMessage(EventId = 3101, Level = LogLevel.Error, Message = "The sink of program {Pid} failed; "
        + "the program was ended.")]
    private static partial void LogSinkFailed(ILogger logger, Exception bug, int pid);

    [LoggerMessage(EventId = 3102, Level = LogLevel.Warning,
        Message = "{Count} processes that program {Pid} left behind were killed and have not gone away.")]
    private static partial void LogUnkillable(ILogger logger, int pid, int count);
}
