using Amoeba.Cells.Workers;
using Amoeba.Processes;

namespace Amoeba.Cells.Docker;

/// <summary>
/// A container of which a client of ours holds the standard streams. When the client goes, in whatever way, the daemon
/// closes the worker's input, and the worker goes with the container; one that stands still is removed by name.
/// </summary>
internal sealed class ContainerRun : IWorkerRun
{
    /// <summary>
    /// Exit codes of the client that are its own: its daemon refused; the worker cannot be executed; is missing.
    /// </summary>
    private const int Refused = 125, NotExecutable = 126, NotFound = 127, Signalled = 128;

    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(300);
    private const int MostTries = 20;

    /// <summary>
    /// For one answer. A daemon that hangs answers no second question either, and whoever stops waits for this.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly DockerClient _client;
    private readonly RunningProgram _program;
    private readonly WorkerComplaints _complaints;
    private readonly TimeProvider _time;
    private readonly string _image;
    private int _killing;
    private volatile bool _isKilled; // its first process was seen, and is gone

    /// <param name="client">The client.</param>
    /// <param name="program">Its call that runs.</param>
    /// <param name="complaints">What that wrote.</param>
    /// <param name="name">The container's.</param>
    /// <param name="image">The id of the image it is made from.</param>
    /// <param name="time">Paces tries.</param>
    public ContainerRun(
        DockerClient client, RunningProgram program, WorkerComplaints complaints,
        string name, string image, TimeProvider time)
    {
        (_client, _program, _complaints, Name, _image, _time) = (client, program, complaints, name, image, time);
        Completion = CompleteAsync();
    }

    public int? Pid => _program.Pid;

    public Task<string> Completion { get; }

    /// <summary>The container's.</summary>
    public string Name { get; }

    /// <summary>Docker did not say that it is gone, nor can be asked any more: its container may run on.</summary>
    public bool IsInDoubt { get; private set; }

    public bool IsLack { get; private set; }

    public void Kill()
    {
        if (Interlocked.Exchange(ref _killing, 1) == 0) _ = KillAsync();
    }

    private async Task KillAsync()
    {
        // It may be that the daemon has not made it yet; what it makes after that is removed by the next try.
        for (var i = 0; i < MostTries && !IsInDoubt && !_program.Completion.IsCompleted; i++)
        {
            await EndAsync();
            try
            {
                await _program.Completion.WaitAsync(Again, _time);
            }
            catch (TimeoutException)
            {
                // Not gone yet.
            }
        }

        // With its streams the daemon closes the worker's, as soon as it does anything at all.
        _program.Kill();
    }

    private async Task<string> CompleteAsync()
    {
        var exit = await _program.Completion;
        // A client that ended by itself has waited for the container's removal, and one that reached no daemon has made
        // none unless it is to be seen; after any other end nothing is known.
        var isUnknown = exit.Code is null || (exit.Code is Refused
            && (DockerWords.Of(_complaints.Text, _image, _client.Host).Lack
                    is not (DockerLack.Daemon or DockerLack.Permission)
                || ContainerMain.Find(Name) is not null));
        if (!isUnknown)
        {
            IsInDoubt = false;
            return Words(exit);
        }

        // What docker said while the client ran is no answer: it may have made the container after that.
        var gone = _isKilled;
        for (var i = 0; i < MostTries && !IsInDoubt && !gone; i++)
        {
            if (i > 0) await Task.Delay(Again, _time);
            gone = await EndAsync();
        }

        IsInDoubt = !gone;
        return gone ? Words(exit) : $"{Words(exit)}; docker does not say that its container {Name} is gone";
    }

    /// <summary>Has it removed; where docker does not do that, ends what this machine shows of it.</summary>
    private async Task<bool> EndAsync()
    {
        if (await RemoveAsync()) return true;
        if (await ContainerMain.EndAsync(Name, _time)) _isKilled = true;
        return _isKilled;
    }

    /// <returns>It is gone, or on its way.</returns>
    private async Task<bool> RemoveAsync()
    {
        try
        {
            var answer = await Containers.RemoveAsync(_client, [Name], CancellationToken.None, Patience);
            if (answer.TimedOut) IsInDoubt = true;
            return answer.Done;
        }
        catch (ObjectDisposedException)
        {
            // The parent is closing: its clients are killed, and with their streams the workers end by themselves.
            IsInDoubt = true;
            return false;
        }
    }

    private string Words(ProgramExit exit)
    {
        var complaint = _complaints.Text;
        var lack = exit.Code is Refused ? DockerWords.Of(complaint, _image, _client.Host).Lack : DockerLack.Other;
        IsLack = lack is not DockerLack.Other;
        return exit.Code switch
        {
            Refused when lack is DockerLack.Image => DockerWords.ImageGone(_client.Options.Image, _image),
            Refused => _client.WordsOf(complaint),
            NotExecutable or NotFound =>
                $"the worker in the image {_client.Options.Image} cannot be executed "
                    + $"({DockerWords.FirstLine(complaint)}); make the image with `amoeba docker build`",
            > Signalled and var code =>
                WorkerEnds.Words(exit with { Code = null, Signal = code - Signalled }, complaint),
            _ => WorkerEnds.Words(exit, complaint),
        };
    }
}
