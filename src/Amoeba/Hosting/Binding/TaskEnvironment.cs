using System.Globalization;
using System.Text;
using Amoeba.Engine.Ports;
using Amoeba.Plans;

namespace Amoeba.Hosting.Binding;

/// <summary>
/// The AMOEBA_* variables of one attempt's programs. Of an item's own variables, one that is longer than a program can
/// be given (128 KiB with its name) is left out; an `sh` text that speaks of AMOEBA_ITEM is then refused instead.
/// </summary>
internal static class TaskEnvironment
{
    /// <summary>The longest NAME=VALUE that Linux hands to a program, without its end.</summary>
    internal const int LongestEntry = (128 * 1024) - 1;

    /// <summary>
    /// Unique over all jobs of a machine, because job ids are: the job, the task's name, and where its first item
    /// stands.
    /// </summary>
    public static string TaskId(string job, TaskSpec task, int index) => task.Each is null
        ? $"{job}/{task.Id}"
        : string.Create(CultureInfo.InvariantCulture, $"{job}/{task.Id}/{index}");

    public static void AddVars(IDictionary<string, string> into, PlanSpec plan)
    {
        foreach (var (name, value) in plan.Vars) into.TryAdd($"AMOEBA_VAR_{VariableNames.Upper(name)}", value);
    }

    /// <summary>Of a batch, each variable holds a line for each item.</summary>
    public static void AddItems(IDictionary<string, string> into, AttemptScope scope)
    {
        var items = scope.Items;
        if (items.Count == 0) return;
        into["AMOEBA_INDEX"] = scope.Index.ToString(CultureInfo.InvariantCulture);
        AddIfFits(into, "AMOEBA_ITEM", ItemText(items));
        foreach (var field in items[0].Fields)
        {
            var value = items.Count == 1
                ? items[0].Field(field)
                : string.Join('\n', items.Select(item => item.Field(field)));
            var upper = VariableNames.Upper(field);
            if (value is not null && VariableNames.CanBeSaid(upper)) AddIfFits(into, $"AMOEBA_ITEM_{upper}", value);
        }
    }

    /// <summary>What its items are grouped by; empty where an item lacks it.</summary>
    public static void AddGroup(IDictionary<string, string> into, TaskSpec task, AttemptScope scope)
    {
        if (task.Group is not { } group) return;
        var lacks = group.Parts.Any(part => part.Kind == VariableKind.ItemField && scope.Value(part) is null);
        AddIfFits(into, "AMOEBA_GROUP", lacks ? "" : group.Fill(scope));
    }

    public static void AddInputs(
        IDictionary<string, string> into, JobInputs inputs, IReadOnlyList<StageContext> needs)
    {
        if (needs.Count == 0) return;
        into["AMOEBA_INPUT"] = inputs.Lines(needs);
        foreach (var need in needs) into[$"AMOEBA_INPUT_{VariableNames.Upper(need.Task.Id)}"] = inputs.Lines([need]);
    }

    /// <exception cref="PlanException">A shell text is to read an item that no variable can hold.</exception>
    public static void CheckItemFits(IReadOnlyList<Item> items, IReadOnlyList<BoundTool> chain)
    {
        // Cheap first: a character has at most three bytes.
        var length = 0L;
        for (var i = 0; i < items.Count; i++) length += items[i].Text.Length + 1;
        if (length * 3 < LongestEntry || Fits("AMOEBA_ITEM", ItemText(items))) return;
        if (!chain.OfType<BoundSh>().Any(sh => sh.Text.Contains("AMOEBA_ITEM", StringComparison.Ordinal))) return;
        throw new PlanException(
            "too long: the item does not fit into AMOEBA_ITEM, a variable holds at most 128 KiB; " +
            "put large values in files and let the items name them, or use a smaller batch");
    }

    /// <exception cref="PlanException">
    /// Of an item that another task yielded, two fields would be one variable; items that were there when the job was
    /// accepted were looked at then.
    /// </exception>
    public static void CheckNames(TaskSpec task, IReadOnlyList<Item> items)
    {
        if (task.From is null || items.Count == 0 || !VariableNames.AreRead(task)) return;
        if (VariableNames.Clash([.. items[0].Fields]) is not (var first, var second)) return;
        throw new PlanException(
            $"the item has the fields {first} and {second}, and programs would be given both as "
            + $"AMOEBA_ITEM_{VariableNames.Upper(first)}; let {task.From} yield other names");
    }

    private static string ItemText(IReadOnlyList<Item> items) => items.Count == 1
        ? items[0].Text
        : string.Join('\n', items.Select(item => item.Text));

    private static void AddIfFits(IDictionary<string, string> into, string name, string value)
    {
        if (Fits(name, value)) into.TryAdd(name, value);
    }

    private static bool Fits(string name, string value) =>
        name.Length + 1 + Encoding.UTF8.GetByteCount(value) <= LongestEntry;
}
