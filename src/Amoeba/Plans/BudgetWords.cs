using System.Globalization;

namespace Amoeba.Plans;

/// <summary>A budget in one line, as `--budget` takes it: `tokens=600000,cost_usd=1.50,time=2h,memory=2GB`.</summary>
internal static class BudgetWords
{
    /// <summary>Takes a part of the budget off.</summary>
    private const string Off = "off";

    /// <param name="text">What was given.</param>
    /// <param name="over">What holds for what the text does not name.</param>
    /// <exception cref="PlanException">A name or a figure is wrong.</exception>
    public static BudgetSpec Read(string text, BudgetSpec over)
    {
        var budget = over;
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = part.Split('=', 2, StringSplitOptions.TrimEntries) is [var first, var second]
                ? (first, second)
                : (part, "");
            budget = With(budget, name, value);
        }

        return budget;
    }

    public static string Write(BudgetSpec budget)
    {
        var parts = new List<string>();
        Add("tokens", budget.Tokens);
        Add("cost_usd", budget.CostUsd);
        Add("time", budget.Time?.TotalSeconds);
        Add("memory", budget.Memory);
        return string.Join(',', parts);

        void Add(string name, IFormattable? value)
        {
            if (value is not null) parts.Add($"{name}={value.ToString(null, PlanUnits.Culture)}");
        }
    }

    private static BudgetSpec With(BudgetSpec budget, string name, string value)
    {
        switch (name)
        {
            case "tokens" when value == Off: return budget with { Tokens = null };
            case "cost_usd" when value == Off: return budget with { CostUsd = null };
            case "time" when value == Off: return budget with { Time = null };
            case "memory" when value == Off: return budget with { Memory = null };
            case "tokens" when long.TryParse(value, NumberStyles.None, PlanUnits.Culture, out var tokens) && tokens > 0:
                return budget with { Tokens = tokens };
            case "cost_usd"
                when decimal.TryParse(value, NumberStyles.AllowDecimalPoint, PlanUnits.Culture, out var cost):
                return budget with { CostUsd = cost };
            case "time" when PlanUnits.TryDuration(value, out var time) && time > TimeSpan.Zero:
                return budget with { Time = time };
            case "memory" when PlanUnits.TrySize(value, out var memory) && memory > 0:
                return budget with { Memory = memory };
        }

        var near = PlanNames.Budget.Contains(name) ? null : NearestName.Of(name, PlanNames.Budget);
        throw new PlanException(PlanNames.Budget.Contains(name)
            ? $"budget: \"{value}\" is no {name}; give it as in tokens=600000,cost_usd=1.50,time=2h,memory=2GB"
            : $"budget: there is no {name}; there are {string.Join(", ", PlanNames.Budget)}"
                + (near is null ? "" : $"; did you mean {near}?"));
    }
}
