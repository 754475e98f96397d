using System.Runtime.Versioning;
using Amoeba.Processes;

namespace Amoeba.Tests.Processes;

/// <summary>The limit of open files that a program starts with.</summary>
[SupportedOSPlatform("linux")]
public sealed class OpenFilesTests : IDisposable
{
    /// <summary>Above what the other tests of this process have open, so that a start finds room below it.</summary>
    private static readonly int Limit = Math.Min(Ours().Hard - 8, 6_000);

    private readonly Programs _programs = new();

    public void Dispose() => _programs.Dispose();

    [Fact(Timeout = 60_000)]
    public async Task From_its_first_instruction_a_program_has_its_limit_and_we_keep_ours()
    {
        for (var i = 0; i < 200; i++) await HasFromItsFirstInstructionAsync(Limit);
        await OursComesBackAsync();
    }

    [Fact(Timeout = 120_000)]
    public async Task Programs_with_different_limits_that_start_at_the_same_moment_have_each_its_own()
    {
        int?[] limits = [Limit, Limit - 1, Limit - 2, null];
        await Task.WhenAll(limits.Select(limit => Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++) await HasFromItsFirstInstructionAsync(limit);
        })));
        await OursComesBackAsync();
    }

    [Fact]
    public void Where_a_number_just_below_a_limit_is_in_use_ours_is_left_as_it_is()
    {
        var devNull = Libc.Open("/dev/null", Libc.OReadOnly | Libc.OCloseOnExec, 0);
        // Not while another test's start has our limit lowered: it would be refused so high a number.
        Assert.True(OpenFiles.BeginStart(null, out _));
        var high = Libc.DuplicateAtLeast(devNull, Limit - 10);
        OpenFiles.EndStart();
        try
        {
            Assert.InRange(high, Limit - 10, Limit - 1);
            Assert.True(OpenFiles.BeginStart(Limit, out var left));
            OpenFiles.EndStart();
            Assert.Equal(Limit, left);
        }
        finally
        {
            _ = Libc.Close(high);
            _ = Libc.Close(devNull);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task So_it_is_where_that_number_came_into_use_while_a_start_waited_for_its_turn()
    {
        var devNull = Libc.Open("/dev/null", Libc.OReadOnly | Libc.OCloseOnExec, 0);
        var (high, left) = (-1, default(int?));
        var waits = new Thread(() =>
        {
            if (OpenFiles.BeginStart(Limit, out left)) OpenFiles.EndStart();
        });
        // While one with ours starts, one with a limit of its own waits.
        Assert.True(OpenFiles.BeginStart(null, out _));
        try
        {
            waits.Start();
            await Eventually.True(() => !waits.IsAlive || waits.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
            high = Libc.DuplicateAtLeast(devNull, Limit - 10);
        }
        finally
        {
            OpenFiles.EndStart();
        }

        try
        {
            waits.Join();
            Assert.InRange(high, Limit - 10, Limit - 1);
            Assert.Equal(Limit, left);
        }
        finally
        {
            _ = Libc.Close(high);
            _ = Libc.Close(devNull);
        }
    }

    /// <summary>A fork that is the first thing the program does passes on the limit that it has then.</summary>
    private async Task HasFromItsFirstInstructionAsync(int? limit)
    {
        var run = await _programs.Run(_programs.Shell("(ulimit -Sn) & wait") with { OpenFiles = limit });
        Assert.Equal($"{limit ?? Ours().Hard}\n", run.Stdout);
    }

    /// <summary>
    /// The runtime has raised our soft limit to the hard one. Other tests start programs too, and for that moment it is
    /// lower.
    /// </summary>
    private static Task OursComesBackAsync() => Eventually.True(() => Ours() is var ours && ours.Soft == ours.Hard);

    private static (int Soft, int Hard) Ours()
    {
        const string Name = "Max open files";
        var line = File.ReadLines("/proc/self/limits").First(line => line.StartsWith(Name, StringComparison.Ordinal));
        var numbers = line[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (Number(numbers[0]), Number(numbers[1]));
    }

    private static int Number(string text) => int.TryParse(text, out var number) ? number : int.MaxValue;
}
