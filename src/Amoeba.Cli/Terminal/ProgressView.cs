using System.Globalization;
using Amoeba.Deciding;
using Amoeba.Jobs;

namespace Amoeba.Cli.Terminal;

/// <summary>Draws progress as lines of text that fit a window: a bar, what each child does, how to stop.</summary>
internal static class ProgressView
{
    private const int MostBar = 40;
    private const int MostWaits = 3;
    private const int LeastName = 8;

    /// <param name="state">What to show.</param>
    /// <param name="width">Columns there are.</param>
    /// <param name="height">Lines there are; one of them stays free for the cursor.</param>
    /// <param name="style">Colours.</param>
    public static IReadOnlyList<string> Lines(ProgressState state, int width, int height, Style style)
    {
        // The last column stays free: some terminals wrap as soon as it is written.
        width = Math.Clamp(width - 1, 10, 200);
        height = Math.Max(1, height - 1);
        var lines = new List<string> { Bar(state, width, style) };
        if (height >= 3) lines.Insert(0, style.Bold(Title(state, width)));
        var hint = height >= 6 ? 1 : 0;
        if (height - lines.Count - hint >= 1 && Spent(state) is { } spent)
            lines.Add(TextWidth.Cut("  " + spent, width));
        AddWaits(lines, state, width, height - lines.Count - hint, style);
        AddChildren(lines, state, width, height - lines.Count - hint);
        if (hint > 0) lines.Add(style.Dim(Hint(state, width)));
        return lines;
    }

    /// <summary>The one line that is printed now and then where there is no terminal.</summary>
    public static string Plain(ProgressState state) => $"{state.Job}: {string.Join(", ", Facts(state))}"
        + (Spent(state) is { } spent ? $"; {spent}" : "")
        + string.Concat(state.Waits.Take(MostWaits).Select(wait => $"; {SpentText.Wait(wait)}"))
        + (state.HeldBack is { } why ? $"; {TextWidth.Clean(why)}" : "");

    private static string Title(ProgressState state, int width)
    {
        var children = state.Width > 1 ? $", {Say.Count(state.Width, "child", "children")}" : "";
        var paused = state.State == JobState.Running ? "" : $", {Names.Of(state.State)}";
        foreach (var about in (string[])[$" ({state.Job}{children}{paused})", $" ({state.Job})"])
        {
            var room = width - TextWidth.Of(about);
            if (room >= LeastName || room >= TextWidth.Of(state.Name))
                return TextWidth.Cut(TextWidth.Clean(state.Name), room) + about;
        }

        return TextWidth.Cut(state.Job, width);
    }

    /// <summary>The longest way to say it that fits: half an id would be nobody's.</summary>
    private static string Hint(ProgressState state, int width)
    {
        var resume = $"amoeba resume {state.Job}";
        string[] ways = state.State == JobState.Paused ? [$"paused; to go on: {resume}", $"paused; {resume}", "paused"]
            : state.HeldBack is { } why ? [TextWidth.Clean(why)]
            : [$"Ctrl-C stops it; {resume} goes on", $"Ctrl-C stops it; {resume}",
                $"Ctrl-C; {resume}", "Ctrl-C stops it"];
        return TextWidth.Cut(ways.FirstOrDefault(way => TextWidth.Of(way) <= width, ways[^1]), width);
    }

    private static string Bar(ProgressState state, int width, Style style)
    {
        var facts = Facts(state);
        var text = string.Join("  ", facts);

        // In a narrow window the bar goes first, then facts from the end.
        var bar = Math.Min(MostBar, width - TextWidth.Of(text) - 3);
        for (; bar < 5 && facts.Count > 1; bar = width - TextWidth.Of(text) - 3)
        {
            facts.RemoveAt(facts.Count - 1);
            text = string.Join("  ", facts);
        }

        if (bar < 5) return TextWidth.Cut(text, width);
        var share = state.Counts.Total == 0 ? 0 : (double)state.Counts.Ended / state.Counts.Total;
        var full = (int)(bar * share);
        var bad = state.Counts.Failed == 0
            ? 0
            : Math.Clamp((int)Math.Ceiling(bar * (double)state.Counts.Failed / state.Counts.Total), 0, full);
        var done = style.Good(new string('#', full - bad)) + style.Bad(new string('x', bad));
        return $"[{done}{new string('.', bar - full)}] {text}";
    }

    private static List<string> Facts(ProgressState state)
    {
        var counts = state.Counts;
        var facts = new List<string> { $"{Number(counts.Ended)} of {Number(counts.Total)}" };
        if (counts.Failed > 0) facts.Add($"{Number(counts.Failed)} failed");
        if (state.Reused > 0) facts.Add($"{Number(state.Reused)} reused");
        if (counts.Skipped > 0) facts.Add($"{Number(counts.Skipped)} skipped");
        if (state.Left is { } left && counts.Ended < counts.Total) facts.Add($"about {Say.Seconds(left)} left");
        if (state.Rate is { } rate) facts.Add(rate >= 0.95 ? $"{Rounded(rate)}/s" : $"{Rounded(rate * 60)}/min");
        facts.Add(Say.Seconds(state.Seconds));
        return facts;
    }

    /// <summary>`12,300 tokens, $0.04, 41% of the budget used, 120 tokens/s`.</summary>
    private static string? Spent(ProgressState state)
    {
        if (state.Usage is not { } usage) return null;
        var parts = new List<string>();
        if (SpentText.Used(usage) is { } used) parts.Add(used);
        if (usage.Share is { } share) parts.Add($"{Say.Percent(share)} of the budget used");
        if (usage.AllTokens > 0 && state.Seconds >= 1)
            parts.Add($"{Rounded(usage.AllTokens / state.Seconds)} tokens/s");
        return parts.Count == 0 ? null : string.Join(", ", parts);
    }

    private static void AddWaits(List<string> lines, ProgressState state, int width, int room, Style style)
    {
        // At least one line stays for those that work.
        foreach (var wait in state.Waits.Take(Math.Min(MostWaits, room - 1)))
            lines.Add(style.Wait(TextWidth.Cut("  " + SpentText.Wait(wait), width)));
    }

    private static void AddChildren(List<string> lines, ProgressState state, int width, int room)
    {
        if (room <= 0 || state.Running.Count == 0) return;
        var more = Math.Max(state.Counts.Running - state.Waits.Sum(wait => wait.Tasks), state.Running.Count);
        var shown = Math.Min(state.Running.Count, more > room ? room - 1 : room);
        var task =
            Math.Min(state.Running.Take(shown).Select(one => TextWidth.Of(one.Task)).DefaultIfEmpty().Max(), width / 3);
        var child = width >= 60
            ? Math.Min(state.Running.Take(shown).Select(one => TextWidth.Of(one.Child)).DefaultIfEmpty().Max(), 12)
            : 0;
        foreach (var one in state.Running.Take(shown)) lines.Add(Child(one, width, child, task));
        if (more > shown && shown < room) lines.Add(TextWidth.Cut($"  and {Number(more - shown)} more", width));
    }

    private static string Child(RunningTask one, int width, int child, int task)
    {
        var time = Say.Seconds(one.Seconds);
        var head = (child > 0 ? TextWidth.Fit(one.Child, child) + "  " : "") + TextWidth.Fit(one.Task, task);
        var item = width - 2 - TextWidth.Of(head) - 2 - TextWidth.Of(time) - 2;
        return item < 4
            ? TextWidth.Cut($"  {head}  {time}", width)
            : $"  {head}  {TextWidth.Fit(TextWidth.Clean(one.Item), item)}  {time}";
    }

    private static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Rounded(double number) =>
        number.ToString(number < 9.95 ? "0.0" : "#,0", CultureInfo.InvariantCulture);
}
