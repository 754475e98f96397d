using System.Globalization;
using Amoeba.Models;
using Amoeba.Tools.Chat;
using Microsoft.Extensions.AI;

namespace Amoeba.Benchmarks;

/// <summary>
/// Many answers streamed at once: what keeping them, and the engine around it, costs on top of the client.
/// </summary>
internal sealed class StreamingBenchmark : IBenchmark
{
    private const int Answers = 200;

    public string Name => "streaming";

    public async Task<Outcome> RunAsync(BenchRoom room, CancellationToken cancel)
    {
        if (StandInServer.Missing(room) is { } missing) return Outcome.Skip(Name, missing);
        await using var server = await StandInServer.StartAsync(room, cancel);
        var tokens = room.Count(10_000);
        await server.UseAsync(
            string.Create(CultureInfo.InvariantCulture, $$"""{ "answers": [{ "tokens": {{tokens}} }] }"""), cancel);
        List<double> ours = [], theirs = [], ourWork = [], theirWork = [];
        for (var round = -1; round < room.Rounds(6); round++)
        {
            room.Say($"{Name}: round {round + 1}");
            await using var parent = room.Open(room.NewHome(), models: server.Models);
            // what is only loaded for the first is no stream's
            await EngineRun.DoAsync(parent, room.Job(Job(1)), cancel);
            var relayed = await MeasureAsync(() => EngineRun.DoAsync(parent, room.Job(Job(Answers)), cancel));
            var alone = await MeasureAsync(() => AloneAsync(server.Models, cancel));
            if (round < 0) continue;
            ours.Add((long)tokens * Answers / relayed.Seconds);
            theirs.Add((long)tokens * Answers / alone.Seconds);
            ourWork.Add(relayed.Processor * 1e6 / ((long)tokens * Answers));
            theirWork.Add(alone.Processor * 1e6 / ((long)tokens * Answers));
        }

        var our = new Series("job", "tokens/s", ours);
        var their = new Series("client", "tokens/s", theirs);
        return new Outcome(Name,
        [
            new Finding
            {
                What = string.Create(CultureInfo.InvariantCulture,
                    $"{Answers} answers of {tokens:N0} tokens streamed at once, durable"),
                Against = "the same client without Amoeba, its answers dropped",
                Ours = our,
                Theirs = their,
                Figure = Series.Ratio("rate over the client's", our, their),
                Aim = new Aim(AtLeast: true, 0.8),
                Note = "the server shares the machine",
                Raw = [new Series("processor a token, job", "us", ourWork),
                    new Series("processor a token, client", "us", theirWork)],
            },
        ]);
    }

    private static string Job(int answers) => $$"""
        { "name": "stream", "each": { "range": "1..{{answers}}" }, "do": { "chat": { "model": "m/x", "prompt": "say {item}" } },
          "children": {{answers}}, "merge": "lines" }
        """;

    private static async Task<(double Seconds, double Processor)> MeasureAsync(Func<Task> work)
    {
        var before = Environment.CpuUsage.TotalTime;
        var seconds = await BenchRoom.SecondsAsync(work);
        return (seconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
    }

    private static async Task AloneAsync(ModelCatalog models, CancellationToken cancel)
    {
        using var http = new ChatHttp(TimeProvider.System);
        var keys = new ModelKeys(new Dictionary<string, string>());
        var model = models.Find("m/x", out _)!;
        await Task.WhenAll(Enumerable.Range(1, Answers).Select(n => Task.Run(
            async () =>
            {
                using var client =
                    new OpenAiClient(new ChatConnection(http, model, keys, ChatPace.Usual, BenchRoom.Time));
                var message = new ChatMessage(ChatRole.User, string.Create(CultureInfo.InvariantCulture, $"say {n}"));
                await foreach (var _ in client.GetStreamingResponseAsync(
                    [message], new ChatOptions { ModelId = model.Model }, cancel))
                {
                    // Dropped.
                }
            },
            cancel)));
    }
}
