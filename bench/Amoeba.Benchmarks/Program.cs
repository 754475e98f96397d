using Amoeba.Benchmarks;

var known = Bench.All.Select(benchmark => benchmark.Name).Append("--quick").Append("--json").ToList();
if (args.FirstOrDefault(word => !known.Contains(word)) is { } unknown)
{
    Console.Error.WriteLine($"'{unknown}': expected any of {string.Join(", ", known)}.");
    return 2;
}

var names = args.Where(word => !word.StartsWith('-')).ToList();
var options = new BenchOptions(names, args.Contains("--quick"), args.Contains("--json"));
await Bench.RunAsync(options, Path.GetTempPath(), Bench.CliBesideSource(),
    Console.Out, Console.Error, CancellationToken.None);
return 0;
