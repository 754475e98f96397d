namespace Amoeba.Plans;

/// <summary>What does a task that has only a description: the configured tool with the description put in.</summary>
internal static class DefaultTool
{
    public const string Placeholder = "{description}";

    public static IReadOnlyList<ToolSpec> Bind(PlanCursor description, PlanBinding binding)
    {
        var text = description.TextNotEmpty("what to do");
        if (binding.Options.DefaultTool is not { } tool)
        {
            description.Fail(
                "a task with only a description needs default_tool in the configuration, such as "
                + $"default_tool: {{ run: [my-agent, \"{Placeholder}\"] }}; or give the task a do.");
            return [];
        }

        return ToolBinder.BindChain(description with { Node = Fill(tool, text) }, binding);
    }

    /// <summary>Keeps the position of the description, where the reader looks for a mistake.</summary>
    private static PlanNode Fill(PlanNode node, string description) => new(node.Kind, node.At)
    {
        Text = node.Text.Replace(Placeholder, description, StringComparison.Ordinal),
        Items = [.. node.Items.Select(item => Fill(item, description))],
        Entries = [.. node.Entries.Select(entry => entry.Name == "sh" ? entry : entry with { Value = Fill(entry.Value, description) })],
    };
}
