// Amoeba inside a program: dotnet run samples/library.cs
#:package Microsoft.Extensions.Hosting
#:project ../src/Amoeba/Amoeba.csproj
#:property PublishAot=false

using System.Security.Cryptography;
using Amoeba;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var builder = Host.CreateApplicationBuilder();
builder.Services.AddAmoeba(options => options.MaxChildren = 16);
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
