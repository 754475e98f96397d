using Amoeba.Plans;
using Amoeba.Sources;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Sources;

public sealed class SpoolTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Stages_share_a_spool_and_keep_their_own_items()
    {
        var plan = PlanReader.Read("""
            { "tasks": [
              { "id": "a", "each": ["x", "y"], "do": { "wait": 0 } },
              { "id": "b", "do": { "wait": 0 } },
              { "id": "c", "each": { "range": "1..2" }, "do": { "wait": 0 } },
              { "id": "d", "each": ["z"], "do": { "wait": 0 } } ] }
            """, "plan.json");
        var (spooled, items) = await _folder.SpoolAsync(plan);
        Assert.Equal([["x", "y"], [], ["1", "2"], ["z"]], items);
        Assert.Equal([2L, 1, 2, 1], spooled.Stages.Select(stage => stage.Count));
    }

    [Fact]
    public async Task A_full_disk_is_said_with_its_place_its_room_and_what_to_do()
    {
        using var disk = SmallDisk.Mount(Path.Combine(_folder.Root, "spool"), bytes: 256 * 1024);
        var plan = SourceFolder.Plan($"[{string.Join(',', Enumerable.Repeat($"\"{new string('x', 1000)}\"", 1000))}]");
        var failed = await Assert.ThrowsAsync<IOException>(() => _folder.SpoolAsync(plan));
        Assert.StartsWith(
            $"There is no room left on the disk for the job's items in {_folder.Target} (", failed.Message);
        Assert.EndsWith(
            "free there). Free some space, then submit the job again: nothing of it was kept.", failed.Message);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_folder.Root, "spool")));
    }

    [Fact]
    public async Task The_hash_is_of_the_items_whatever_their_source()
    {
        _folder.Write("a.txt", "x\ny\n");
        var counted = new ItemSpooler(null);
        async Task<string> Hash(string each) => (await counted.SpoolAsync(
            SourceFolder.Plan(each), _folder.Root, null, TestContext.Current.CancellationToken)).Stages[0].Hash;
        Assert.Equal(await Hash("""["x", "y"]"""), await Hash("""{"file": "a.txt"}"""));
        Assert.NotEqual(await Hash("""["x", "y"]"""), await Hash("""["x\ny"]"""));
        Assert.NotEqual(await Hash("""{"range": "1..2"}"""), await Hash("""{"range": "1..3"}"""));
        Assert.Equal(
            (await _folder.SpoolAsync(SourceFolder.Plan("""["x", "y"]"""))).Spooled.Stages[0].Hash,
            await Hash("""["x", "y"]"""));
    }

    [Theory]
    [InlineData(
        """[{"name": "ann"}, {"nmae": "bob"}]""",
        "{item.name}",
        "each: item 2 ({\"nmae\":\"bob\"}) has no field name, which \"{item.name}\" uses; "
            + "did you mean nmae?; it has: nmae.")]
    [InlineData(
        """["ann"]""",
        "{item.name}",
        "each: item 1 (ann) has no field name, which \"{item.name}\" uses; it is a text.")]
    [InlineData(
        """{"range": "1..2"}""",
        "{item.name}",
        "each: item 1 (1) has no field name, which \"{item.name}\" uses; it is a text.")]
    [InlineData(
        """{"matrix": {"l": ["en"]}}""",
        "{item.k}",
        "each: item 1 ({\"l\":\"en\"}) has no field k, which \"{item.k}\" uses; it has: l.")]
    public async Task An_item_that_lacks_a_field_is_refused(string each, string argument, string message) =>
        Assert.Equal(message, await _folder.RefusedAsync(each, argument: argument));

    [Fact]
    public async Task Two_fields_that_programs_would_know_by_one_name_are_refused()
    {
        _folder.Write("a.jsonl", """
            {"a-b": 1, "ab": 2}
            {"a-b": 1, "c": 2, "a_b": 3}
            """);
        Assert.Equal(
            "each: item 2 ({\"a-b\":1,\"c\":2,\"a_b\":3}) has the fields a-b and a_b, "
                + "and programs would be given both as "
            + "AMOEBA_ITEM_A_B; rename one of them.",
            await _folder.RefusedAsync("""{"file": "a.jsonl"}"""));
        Assert.Contains(
            "the fields Name and name",
            await _folder.RefusedAsync("""{"matrix": {"Name": ["x"], "name": ["y"]}}"""), StringComparison.Ordinal);
        // Of these nothing is left in a variable's name, so they have none that the other could take.
        Assert.Single(await _folder.ItemsAsync("""[{"名前": "a", "住所": "b"}]"""));
    }

    [Fact]
    public async Task Fields_alike_are_taken_where_no_program_is_started()
    {
        var plan = PlanReader.Read("""{ "each": [{"s": 1, "S": 2}], "do": { "wait": "{item.s}" } }""", "plan.json");
        Assert.Single((await _folder.SpoolAsync(plan)).Items[0]);
        plan = PlanReader.Read(
            """{ "each": [{"s": 1, "S": 2}], "do": { "wait": 0 }, "verify": { "sh": "true" } }""", "plan.json");
        await Assert.ThrowsAsync<PlanException>(() => _folder.SpoolAsync(plan));
    }

    [Fact]
    public async Task A_nul_in_a_source_is_refused()
    {
        _folder.Write("n.txt", "fine\nb\0d\n");
        Assert.Equal(
            "each: item 2 (b d) holds a NUL character, which no program can be given.",
            await _folder.RefusedAsync("""{"file": "n.txt"}"""));
        _folder.Write("n.jsonl", """{"a":"x\u0000"}""");
        Assert.Contains("NUL", await _folder.RefusedAsync("""{"file": "n.jsonl"}"""), StringComparison.Ordinal);
        _folder.Write("m.jsonl", """{"a":"x\\u0000"}""");
        Assert.Single(await _folder.ItemsAsync("""{"file": "m.jsonl"}"""));
    }

    [Fact]
    public async Task Estimates_are_read_per_item_and_again_from_the_spool()
    {
        var plan = PlanReader.Read("""
            { "each": [{"s": 1.5, "m": "10MB"}, {"s": "2m", "m": 5}], "do": { "wait": "{item.s}" }, "estimate": { "memory": "{item.m}" } }
            """, "plan.json");
        var (spooled, _) = await _folder.SpoolAsync(plan);
        Assert.Equal([1.5f, 120f], spooled.Estimates[0].Seconds!);
        Assert.Equal([10f * 1024 * 1024, 5f], spooled.Estimates[0].Memory!);
        using var items = JobItems.Open(plan, spooled.Stages, _folder.Target);
        var again = ItemEstimates.Of(plan, 0, items[0]!);
        Assert.Equal(spooled.Estimates[0].Seconds, again.Seconds);
        Assert.Equal(spooled.Estimates[0].Memory, again.Memory);
    }

    [Fact]
    public async Task A_negative_wait_of_an_item_is_refused()
    {
        var plan = PlanReader.Read("""{ "each": [1, -1], "do": { "wait": "{item}" } }""", "plan.json");
        var exception = await Assert.ThrowsAsync<PlanException>(() => _folder.SpoolAsync(plan));
        Assert.Equal("each: item 2 (-1) gives wait \"-1\"; expected seconds of at least 0.", exception.Message);
    }

    [Fact]
    public async Task A_damaged_or_missing_spool_is_refused()
    {
        var plan = SourceFolder.Plan("""["x", "y"]""");
        var (spooled, _) = await _folder.SpoolAsync(plan);
        var data = Path.Combine(_folder.Target, SpoolWriter.DataFile);
        File.WriteAllText(data, File.ReadAllText(data)[..^1]);
        Assert.Throws<InvalidDataException>(() => JobItems.Open(plan, spooled.Stages, _folder.Target));
        Directory.Delete(_folder.Target, recursive: true);
        Assert.Throws<InvalidDataException>(() => JobItems.Open(plan, spooled.Stages, _folder.Target));
    }

    [Fact]
    public async Task What_a_crash_left_is_replaced()
    {
        _folder.Write("spool/job-1.tmp/items.jsonl", "half");
        Assert.Equal(["x"], await _folder.ItemsAsync("""["x"]"""));
    }

    [Fact]
    public async Task Items_are_streamed_once_and_never_held()
    {
        var given = 0;
        IEnumerable<Item> Stream()
        {
            for (var i = 0; i < 200_000; i++)
            {
                given++;
                yield return new TextItem($"item {i} \u00e9");
            }
        }

        var plan = SourceFolder.Plan("""["x"]""");
        plan = plan with { Tasks = [plan.Tasks[0] with { Each = new StreamEach(Stream()) }] };
        var spooled = await new ItemSpooler(null).SpoolAsync(
            plan,
            _folder.Root,
            _folder.Target,
            TestContext.Current.CancellationToken);
        Assert.Equal((200_000, 200_000L), (given, spooled.Stages[0].Count));
        using var items = JobItems.Open(plan, spooled.Stages, _folder.Target);
        Parallel.For(0, 1000, n => Assert.Equal($"item {n * 199} \u00e9", items[0]!.Read(n * 199).Text));
        Assert.Throws<ArgumentOutOfRangeException>(() => items[0]!.Read(200_000));
    }
}
