using Amoeba.Cli;

using var console = CliConsole.OfProcess();
return await Entry.RunAsync(args, console);
