using Amoeba.Cli;
using Amoeba.Cli.Commands;
using Amoeba.Hosting.Running;

if (args is ["run" or "each" or "resume" or "retry", ..]) Rehearsal.Begin();
StopSignals.LastToTheEnd = true;
using var console = CliConsole.OfProcess();
return await Entry.RunAsync(args, console);
