using System.Runtime.CompilerServices;
using System.Text;
using Amoeba.Plans;
using Amoeba.Processes;
using Amoeba.Secrets;
using Amoeba.Sources;

namespace Amoeba.Hosting.Running;

/// <summary>
/// Runs the program of an `each: { command }` without a shell. Its output goes to a file first: it may be large, and
/// whoever reads the lines may be slow.
/// </summary>
internal sealed class CommandLines(ProgramLauncher launcher, ParentOptions options) : ICommandLines
{
    /// <summary>Most bytes it may list.</summary>
    public const long Limit = 1L << 30;

    private const int ErrorTail = 2048;

    public async IAsyncEnumerable<string> ReadAsync(
        IReadOnlyList<string> arguments, string folder, [EnumeratorCancellation] CancellationToken cancel)
    {
        var program = Executables.Resolve(arguments[0], folder, options.Environment.GetValueOrDefault("PATH"))
            ?? throw new MachineLacksException(
                $"each.command: the program {arguments[0]} was not found; install it, or give its path");
        var environment = new EnvironmentBuilder(options.Environment, options.Inherit).Build([], []);
        await using var file = new FileStream(
            Path.Combine(Path.GetTempPath(), $"amoeba-{Ids.Request()}"), FileMode.CreateNew, FileAccess.ReadWrite,
            FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        var sink = new FileSink(file);
        var start = new ProgramStart(program, [.. arguments.Skip(1)], environment, folder) { Name = arguments[0] };
        var (running, failure) = launcher.Start(start, sink);
        if (running is null)
        {
            throw new CommandFailedException(failure!.Message, "");
        }

        await using (cancel.Register(running.Kill))
        {
            var exit = await running.Completion;
            cancel.ThrowIfCancellationRequested();
            file.Position = 0;
            using var reader =
                new StreamReader(file, new UTF8Encoding(false, throwOnInvalidBytes: true), leaveOpen: true);
            while (await NextAsync(reader, arguments[0], cancel) is { } line)
            {
                yield return line;
            }

            if (exit.OutputRefused)
            {
                throw new CommandFailedException($"it listed more than {Limit >> 20} MB", sink.Tail);
            }

            if (!exit.Succeeded)
            {
                throw new CommandFailedException(exit.Describe(), sink.Tail);
            }
        }
    }

    /// <summary>A byte that is replaced would make an item that the program never wrote.</summary>
    private static async ValueTask<string?> NextAsync(StreamReader reader, string program, CancellationToken cancel)
    {
        try
        {
            return await reader.ReadLineAsync(cancel);
        }
        catch (DecoderFallbackException)
        {
            throw new PlanException($"each.command: {program} listed an item that is not UTF-8 text");
        }
    }

    private sealed class FileSink(FileStream file) : IProgramOutput
    {
        private byte[] _tail = [];

        public string Tail => Encoding.UTF8.GetString(_tail).Trim();

        public bool OnOutput(ProgramStream stream, ReadOnlySpan<byte> bytes)
        {
            if (stream == ProgramStream.Stderr)
            {
                byte[] all = [.. _tail, .. bytes];
                _tail = all[Math.Max(0, all.Length - ErrorTail)..];
                return true;
            }

            file.Write(bytes);
            return file.Length <= Limit;
        }

        public void OnExit(ProgramExit exit)
        {
        }
    }
}
