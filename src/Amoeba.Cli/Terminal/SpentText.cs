using System.Globalization;
using Amoeba.Deciding;
using Amoeba.Hosting.Reading;
using Amoeba.Plans;

namespace Amoeba.Cli.Terminal;

/// <summary>Tokens, money, budgets and waits in words.</summary>
internal static class SpentText
{
    /// <summary>`12,300 tokens, $0.04`; null where nothing was used.</summary>
    public static string? Used(Usage usage)
    {
        var parts = new List<string>();
        if (usage.AllTokens > 0) parts.Add(Say.Count(usage.AllTokens, "token", "tokens"));
        if (usage.CostUsd > 0) parts.Add(Say.Money(usage.CostUsd));
        return parts.Count == 0 ? null : string.Join(", ", parts);
    }

    /// <summary>`100,000 tokens, $2.00, 10 min`; null where there is none.</summary>
    public static string? Budget(BudgetSpec budget)
    {
        var parts = new List<string>();
        if (budget.Tokens is { } tokens) parts.Add(Say.Count(tokens, "token", "tokens"));
        if (budget.CostUsd is { } cost) parts.Add(Say.Money(cost));
        if (budget.Time is { } time) parts.Add(Say.Seconds(time.TotalSeconds));
        if (budget.Memory is { } memory) parts.Add($"{Say.Bytes(memory)} of memory");
        return parts.Count == 0 ? null : string.Join(", ", parts);
    }

    /// <summary>
    /// `1,240 tokens are used`: what reaches a part of the budget; null where there is room in all of them.
    /// </summary>
    public static string? UsedUp(Usage usage)
    {
        var (budget, parts) = (usage.Budget, new List<string>());
        if (usage.AllTokens >= budget.Tokens) parts.Add($"{Say.Count(usage.AllTokens, "token", "tokens")} used");
        if (usage.CostUsd >= budget.CostUsd && usage.CostUsd > 0) parts.Add($"{Say.Money(usage.CostUsd)} spent");
        if (usage.Seconds >= budget.Time?.TotalSeconds) parts.Add($"{Say.Seconds(usage.Seconds)} passed");
        return parts.Count == 0 ? null : $"already {string.Join(", ", parts)}";
    }

    /// <summary>`7 wait for quota local/m until 12:03:20 (60 requests a minute)`.</summary>
    public static string Wait(WaitView wait) =>
        $"{Say.Count(wait.Children, "waits", "wait")} {Waits(wait.For, wait.Until)}";

    /// <summary>The moment stands before the details, which a narrow window cuts.</summary>
    public static string Waits(string what, DateTimeOffset? until)
    {
        var (head, detail) =
            TextWidth.Clean(what).Split(": ", 2) is [var first, var second] ? (first, $" ({second})") : (what, "");
        var time =
            until is { } at ? $" until {at.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture)}" : "";
        return $"for {TextWidth.Clean(head)}{time}{detail}";
    }

    /// <summary>
    /// What `--budget` takes to go on after a stop: for each part of the budget that what is left would go over, what
    /// the whole job takes at the rate so far with a tenth to spare, and room for what is expected of the last tasks. A
    /// part that suffices is not named, and stays.
    /// </summary>
    public static string Larger(JobView job)
    {
        var usage = JobReader.UsageOf(job);
        var whole = job.Counts.Ended == 0 ? 2m : (decimal)job.Counts.Total / job.Counts.Ended * 1.1m;
        var parts = new List<string>();
        var calls = job.Status.DecisionJson is { } json
            ? DecisionJson.Read(json).Input.Stages.Select(stage => stage.Call).OfType<CallInput>().ToList()
            : [];
        var last = Math.Max(1, job.Status.Width);
        Add("tokens", usage.Budget.Tokens, usage.AllTokens,
            (decimal)calls.Select(call => call.Tokens).DefaultIfEmpty().Max() * last, "");
        Add("cost_usd", usage.Budget.CostUsd, usage.CostUsd,
            (decimal)(calls.Max(call => call.CostUsd) ?? 0) * last, "");
        Add("time", (decimal?)usage.Budget.Time?.TotalSeconds, (decimal)usage.Seconds, 0, "s");
        return string.Join(',', parts);

        void Add(string name, decimal? budget, decimal used, decimal expected, string unit)
        {
            if (budget is not { } most) return;

            // Where that would suffice the next task was too large for what is left.
            var needs = used * whole <= most ? most * 2 : Math.Max(used * whole, most * 1.1m);
            if (used * whole + expected > most
                || job.Status.Reason?.Contains(ReasonOf(name), StringComparison.Ordinal) == true)
                parts.Add($"{name}={Rounded(needs + expected)}{unit}");
        }
    }

    private static string ReasonOf(string part) => part switch
    {
        "tokens" => "tokens are used",
        "cost_usd" => "are spent",
        _ => "are up",
    };

    /// <summary>Rounded up to two digits that count.</summary>
    private static string Rounded(decimal number)
    {
        var unit = 1m;
        while (number / unit >= 100) unit *= 10;
        while (number > 0 && number / unit < 10 && unit > 0.000001m) unit /= 10;
        return (Math.Ceiling(number / unit) * unit).ToString("0.######", CultureInfo.InvariantCulture);
    }
}
