using System.Runtime.InteropServices;
using Amoeba.StandIn.Serving;

var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
return await CommandLine.RunAsync(args, Console.OpenStandardInput(), Console.Out, Console.Error, end.Task);

void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    end.TrySetResult();
}
