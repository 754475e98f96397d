using Amoeba.Benchmarks;

var folder = Path.Combine(Path.GetTempPath(), "amoeba-bench");
return await Bench.RunAsync(args, folder, Bench.CliBesideSource(), Console.Out, Console.Error, CancellationToken.None);
