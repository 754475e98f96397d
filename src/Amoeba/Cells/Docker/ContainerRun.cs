using Amoeba.Cells.Workers;
using Amoeba.Processes;

namespace Amoeba.Cells.Docker;

/// <summary>
/// A container of which a client of ours holds the standard streams. When the client goes, in whatever way, the daemon
/// closes the worker's input, and the worker goes with the container; one that stands still is removed by name.
/// </summary>
internal sealed class ContainerRun : IWorkerRun
{
    /// <summary>Exit codes of the client that are its own: its daemon refused; the worker cannot be executed; is missing.</summary>
    private const int Refused = 125, NotExecutable = 126, NotFound = 127, Signalled = 128;

    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(300);
    private const int MostTries = 20;

    private readonly DockerClient _client;
    private readonly RunningProgram _program;
    private readonly WorkerComplaints _complaints;
    private readonly TimeProvider _time;
    private readonly string _name;
    private int _killing;

    public ContainerRun(DockerClient client, RunningProgram program, WorkerComplaints complaints, string name, TimeProvider time)
    {
        (_client, _program, _complaints, _name, _time) = (client, program, complaints, name, time);
        Completion = CompleteAsync();
    }

    public int? Pid => _program.Pid;

    public Task<string> Completion { get; }

    public void Kill()
    {
        if (Interlocked.Exchange(ref _killing, 1) == 0) _ = KillAsync();
    }

    private async Task KillAsync()
    {
        // It may be that the daemon has not made it yet; what it makes after that is removed by the next try.
        for (var i = 0; i < MostTries && !_program.Completion.IsCompleted; i++)
        {
            await RemoveAsync();
            try
            {
                await _program.Completion.WaitAsync(Again, _time);
            }
            catch (TimeoutException)
            {
                // Not gone yet.
            }
        }

        _program.Kill();
    }

    private async Task<string> CompleteAsync()
    {
        var exit = await _program.Completion;
        // A client that ended by itself has waited for the container's removal; after any other end nothing is known.
        if (exit.Code is null or Refused) await RemoveAsync();
        return Words(exit);
    }

    private async Task RemoveAsync()
    {
        try
        {
            await Containers.RemoveAsync(_client, [_name], CancellationToken.None);
        }
        catch (ObjectDisposedException)
        {
            // The parent is closing: its clients are killed, and with their streams the workers end by themselves.
        }
    }

    private string Words(ProgramExit exit)
    {
        var complaint = _complaints.Text;
        return exit.Code switch
        {
            Refused => DockerWords.Of(complaint, _client.Options.Image, _client.Host).Words,
            NotExecutable or NotFound =>
                $"the worker in the image {_client.Options.Image} cannot be executed ({DockerWords.FirstLine(complaint)}); make the image with `amoeba docker build`",
            > Signalled and var code => WorkerEnds.Words(exit with { Code = null, Signal = code - Signalled }, complaint),
            _ => WorkerEnds.Words(exit, complaint),
        };
    }
}
