using System.Globalization;
using Amoeba.Cells.Workers;
using Amoeba.Engine.Ports;

namespace Amoeba.Benchmarks;

/// <summary>What a child in a worker process costs: to start, to hand a task to, to lose, and to keep.</summary>
internal sealed class CellsBenchmark : IBenchmark
{
    private const int Idle = 200;

    public string Name => "cells";

    public async Task<Outcome> RunAsync(BenchRoom room, CancellationToken cancel)
    {
        if (WorkerProgram.Find() is not { } worker)
        {
            return Outcome.Skip(Name, "amoeba-worker is not beside this program");
        }

        if (room.Find("dotnet") is null)
        {
            return Outcome.Skip(Name, "the peer is built with the .NET SDK, and `dotnet` is not on PATH");
        }

        var (cold, start) = await StartAsync(room, worker, cancel);
        var findings = new List<Finding> { start };
        findings.AddRange(await DispatchAsync(room, worker, cold, cancel));
        findings.AddRange(await ChildDeath.MeasureAsync(room, cancel));
        findings.Add(await KeepAsync(room, worker, cancel));
        if (await DockerStart.MeasureAsync(room, cancel) is { } docker) findings.Add(docker);
        return new Outcome(Name, findings);
    }

    private async Task<(double Cold, Finding Finding)> StartAsync(
        BenchRoom room, WorkerProgram worker, CancellationToken cancel)
    {
        room.Say($"{Name}: building the program with an empty Main");
        var empty = new WorkerProgram(await PublishedProgram.EmptyAsync(room, worker, cancel));
        using var cell = new BenchCell(room, worker);
        List<double> ours = [], theirs = [];
        for (var round = -3; round < room.Rounds(101); round++)
        {
            if (round % 20 == 0) room.Say($"{Name}: start, round {round + 1}");
            var nothing = await cell.RunAsync(empty, cancel);
            var (child, milliseconds) = await cell.SpawnAsync(cancel);
            await cell.EndAsync(child, cancel);
            if (round < 0) continue; // reads the files from the disk
            theirs.Add(nothing);
            ours.Add(milliseconds);
        }

        var our = new Series("spawn to ready", "ms", ours);
        var their = new Series("start to end", "ms", theirs);
        var finding = new Finding
        {
            What = "cold process child: from the spawn to its hello heard",
            Against = "the same runtime started alike with an empty Main, to its end",
            Ours = our,
            Theirs = their,
            Figure = Series.Ratio("of it", our, their),
            Aim = new Aim(AtLeast: false, 1.5),
            Raw = [new Series("our part: above the empty Main", "ms", [.. ours.Zip(theirs, (a, b) => a - b)])],
        };
        return (our.Median, finding);
    }

    /// <summary>
    /// A task that does nothing, there and back: what hands it over is a part of this, so the figure is an upper bound.
    /// </summary>
    private async Task<Finding[]> DispatchAsync(
        BenchRoom room, WorkerProgram worker, double cold, CancellationToken cancel)
    {
        using var cell = new BenchCell(room, worker);
        var (child, _) = await cell.SpawnAsync(cancel);
        for (var i = 0; i < room.Count(5_000); i++) await cell.TurnAsync(child, cancel);
        List<double> middle = [], late = [];
        for (var round = 0; round < room.Rounds(7); round++)
        {
            room.Say($"{Name}: dispatch, round {round + 1}");
            var turns = new double[room.Count(5_000)];
            for (var i = 0; i < turns.Length; i++) turns[i] = await cell.TurnAsync(child, cancel);
            var all = new Series("", "ms", turns);
            middle.Add(all.Quantile(0.5));
            late.Add(all.Quantile(0.99));
        }

        await cell.EndAsync(child, cancel);
        var p50 = new Series("a turn, p50", "ms", middle);
        var p99 = new Series("a turn, p99", "ms", late);
        const string What = "warm dispatch to a process child and its answer";
        return
        [
            new Finding
            {
                What = $"{What}, p50",
                Against = "its own cold start",
                Ours = p50,
                Theirs = new Series("spawn to ready", "ms", [cold]),
                Figure = new Series("of a cold start", "x", [.. middle.Select(turn => turn / cold)]),
                Aim = new Aim(AtLeast: false, 0.01),
            },
            new Finding
            {
                What = $"{What}, p99",
                Against = "1 ms",
                Ours = p99,
                Figure = p99,
                Aim = new Aim(AtLeast: false, 1),
            },
        ];
    }

    private async Task<Finding> KeepAsync(BenchRoom room, WorkerProgram worker, CancellationToken cancel)
    {
        var many = room.Quick ? 5 : Idle;
        List<double> ours = [], theirs = [], managed = [];
        for (var round = 0; round < room.Rounds(3); round++)
        {
            room.Say($"{Name}: {many} children, round {round + 1}");
            using var cell = new BenchCell(room, worker);
            var children = new List<(IChild Child, int Pid)>();
            // The first ones bring what a process has once: threads, types, code.
            for (var i = 0; i < 5; i++) await AddAsync();
            var (before, heap) = (BenchRoom.ResidentAfterCollection(), GC.GetTotalMemory(forceFullCollection: true));
            for (var i = 0; i < many; i++) await AddAsync();
            ours.Add((double)(BenchRoom.ResidentAfterCollection() - before) / many / 1024);
            managed.Add((double)(GC.GetTotalMemory(forceFullCollection: true) - heap) / many / 1024);
            theirs.Add(children.Average(child => BenchCell.SharedMemory(child.Pid)) / 1024);
            foreach (var (child, _) in children) await cell.EndAsync(child, cancel);

            async Task AddAsync()
            {
                var (child, _) = await cell.SpawnAsync(cancel);
                children.Add((child, cell.Pid));
            }
        }

        var our = new Series("the parent's, a child", "KiB", ours);
        return new Finding
        {
            What = string.Create(CultureInfo.InvariantCulture,
                $"{many} idle process children: resident memory the parent adds, each"),
            Against = "a child's own (PSS)",
            Ours = our,
            Theirs = new Series("PSS of a child", "KiB", theirs),
            Figure = our,
            Aim = new Aim(AtLeast: false, 100),
            Raw = [new Series("of it on the managed heap", "KiB", managed)],
        };
    }
}
