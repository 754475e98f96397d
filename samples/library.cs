// Amoeba inside a program: dotnet run samples/library.cs
// With a stand-in for a model, or with a real one:
//   samples/stand-in dotnet run samples/library.cs
//   MODEL_URL=http://127.0.0.1:11434/v1 MODEL=llama3.2 dotnet run samples/library.cs
#:package Microsoft.Extensions.Hosting
#:project ../src/Amoeba/Amoeba.csproj
#:project ../src/Amoeba.Worker/Amoeba.Worker.csproj
#:property PublishAot=false

using System.Security.Cryptography;
using Amoeba;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var builder = Host.CreateApplicationBuilder();
var url = Environment.GetEnvironmentVariable("MODEL_URL");
builder.Services.AddAmoeba(options =>
{
    options.MaxChildren = 16;
    if (url is null) return;
    options.Models["local"] = new ModelOptions
    {
        Url = new Uri(url),
        Model = Environment.GetEnvironmentVariable("MODEL") ?? "stand-in",
        Price = new ModelPrice(Input: 0.10m, Output: 0.40m), // dollars a million tokens
        Quota = new ModelQuota { Concurrency = 4, Requests = 600 },
    };
});
using var host = builder.Build();
var amoeba = host.Services.GetRequiredService<IAmoeba>();

// Work in C#: a result an item, in the items' order; a failure is a value, and is tried again first.
var files = Directory.GetFiles(args.Length > 0 ? args[0] : ".", "*.md").Order(StringComparer.Ordinal).ToArray();
var hashed = await amoeba.ForEachAsync(
    files,
    async (file, cancel) => Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(file, cancel))),
    new ForEachOptions { Name = "hash documents", Children = 4 });
foreach (var (file, hash) in files.Zip(hashed.Values)) Console.WriteLine($"{hash[..12]}  {Path.GetFileName(file)}");

// A plan, as the command line takes it.
var job = await amoeba.RunAsync("""
    name: squares
    each: { range: 1..5 }
    do: { sh: 'echo $((AMOEBA_ITEM * AMOEBA_ITEM))' }
    merge: lines
    """);
Console.WriteLine($"{job.State}: {string.Join(' ', job.Text.Split('\n'))}");

// The same in processes of their own: what breaks there, or takes too much, does not do so here.
var apart = await amoeba.RunAsync("""
    name: squares apart
    each: { range: 1..5 }
    do: { sh: 'echo $((AMOEBA_ITEM * AMOEBA_ITEM))' }
    cell: process
    children: 2
    merge: lines
    """);
Console.WriteLine($"{apart.State} in processes: {string.Join(' ', apart.Text.Split('\n'))}");

// A plan that calls a model: it costs money, so that it has to be allowed, and may have a budget.
if (url is null) return;
var posts = await amoeba.RunAsync(
    """
    each: [tea, ink, oak]
    do: { chat: { model: local, prompt: "Describe {item} for a shop", max_tokens: 200 } }
    merge: lines
    """,
    new RunOptions { Approve = true, Budget = new JobBudget { Tokens = 20_000, CostUsd = 0.05m } });
Console.WriteLine(posts.Text.TrimEnd());
Console.WriteLine($"{posts.State}: {posts.Used.Input} tokens read and {posts.Used.Output} written, ${posts.CostUsd:0.000000}");
