using System.Text.Json;
using Amoeba.Cells.Detached;
using Amoeba.Cells.Wire;
using Amoeba.Engine.Ports;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cells.Detached;

/// <summary>What another installation wrote is refused with words, and never misread.</summary>
[Collection("cells")] // their children share ids
public sealed class DetachedFormatTests : IDisposable
{
    private const string Words =
        "has version 3 of the format, and this Amoeba reads version 2: another Amoeba began it, "
            + "and knows what came of it";

    private readonly DetachedRig _detached = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _detached.Dispose();

    [Fact(Timeout = 120_000)]
    public async Task A_result_of_another_version_is_lost_with_words()
    {
        var (order, _) = await _detached.LeaveAsync();
        await _detached.GoAsync();
        await _detached.EndedAsync(order);
        await BumpAsync(_detached.FolderOf(order).Result, Protocol.Header);
        await _detached.TakeUpAsync(order);
        Assert.Equal($"failed c-1: its result {Words}", await _detached.Cell.Events.NextAsync());
    }

    [Fact(Timeout = 120_000)]
    public async Task A_claim_of_another_version_is_lost_with_words_and_what_runs_is_ended()
    {
        var (order, pid) = await _detached.LeaveAsync();
        var claim = _detached.FolderOf(order).Claim;
        var text = await File.ReadAllTextAsync(claim, Cancel);
        await File.WriteAllTextAsync(
            claim, text.Replace("\"version\":2", "\"version\":3", StringComparison.Ordinal), Cancel);
        await _detached.TakeUpAsync(order);
        Assert.Equal($"failed c-1: its claim {Words}", await _detached.Cell.Events.NextAsync());
        Assert.False(CellRig.IsAlive(pid));
    }

    [Fact]
    public async Task A_beat_of_another_version_is_not_taken_for_silence()
    {
        using var time = new ManualTime();
        var folder = Folder();
        DetachedBeats.Write(folder, 1, 0);
        await BumpAsync(folder.Beat, 0);
        var beats = new DetachedBeats(folder, time, TimeSpan.FromSeconds(5), stall: null);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal($"its beat {Words}", Assert.Throws<InvalidDataException>(() => beats.AreMissed(true)).Message);
    }

    [Fact]
    public async Task What_is_no_result_at_all_is_refused_too()
    {
        var folder = Folder();
        await File.WriteAllBytesAsync(folder.Result, [1, 2, 3], Cancel);
        Assert.Throws<InvalidDataException>(() => DetachedResult.Read(folder));
    }

    [Fact]
    public void A_status_says_its_version()
    {
        var folder = Folder();
        new DetachedStatus("running", "j/a", 0, DateTimeOffset.UnixEpoch, null).Write(folder);
        Assert.Equal(DetachedFormat.Version,
            JsonDocument.Parse(File.ReadAllText(folder.Status)).RootElement.GetProperty("version").GetInt32());
    }

    private DetachedFolder Folder()
    {
        var folder = _detached.FolderOf(new AttemptOrder("j", 0, 1, 1, "c-1"));
        folder.Make();
        return folder;
    }

    private static async Task BumpAsync(string path, int at)
    {
        var bytes = await File.ReadAllBytesAsync(path, Cancel);
        bytes[at]++;
        await File.WriteAllBytesAsync(path, bytes, Cancel);
    }
}
