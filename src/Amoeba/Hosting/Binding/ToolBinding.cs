using System.Globalization;
using Amoeba.Engine.Ports;
using Amoeba.Plans;

namespace Amoeba.Hosting.Binding;

/// <summary>Fills in what a tool is given.</summary>
internal static class ToolBinding
{
    // Longer than any attempt may take, and within what a timer can hold.
    private const double LongestWait = 4_000_000;

    /// <summary>The same for every item: it can be bound once for the whole stage.</summary>
    public static bool IsConstant(ToolSpec tool) => tool.Templates.All(template => template.IsLiteral);

    /// <summary>
    /// An argument of `run` that speaks of the item stands there once for each item of a batch; `wait` waits once, as
    /// long as the longest of them.
    /// </summary>
    public static BoundTool Bind(ToolSpec tool, AttemptScope scope) => tool switch
    {
        RunSpec run => new BoundRun([.. run.Arguments.SelectMany(scope.FillEach)]),
        ShSpec sh => new BoundSh(sh.Text),
        WaitSpec { Seconds.Template: { } template } => new BoundWait(scope.FillEach(template).Max(Seconds)),
        WaitSpec wait => new BoundWait(Math.Min(wait.Seconds.Value, LongestWait)),
        DelegateSpec named => new BoundDelegate(named.Name),
        _ => throw new PlanException($"tool not found: {tool.Tool} is not part of this version"),
    };

    private static double Seconds(string text)
    {
        var isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds);
        if (!isNumber || !(seconds >= 0))
            throw new PlanException($"wait: \"{text}\" is no number of seconds; it must be 0 or more");
        return Math.Min(seconds, LongestWait);
    }
}
