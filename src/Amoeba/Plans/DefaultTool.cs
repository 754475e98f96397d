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

        return ToolBinder.BindChain(description with { Node = Fill(tool, text, description.Node.At) }, binding);
    }

    /// <summary>Everything stands where the description does, which is where the reader looks for a mistake.</summary>
    private static PlanNode Fill(PlanNode node, string description, NodePosition at) => new(node.Kind, at)
    {
        Text = node.Text.Replace(Placeholder, description, StringComparison.Ordinal),
        Items = [.. node.Items.Select(item => Fill(item, description, at))],
        Entries = [.. node.Entries.Select(entry => entry.Name == "sh"
            ? entry
            : new PlanEntry(entry.Name, at, Fill(entry.Value, description, at)))],
    };
}
