using System.Text;
using Amoeba.Cli.Terminal;

namespace Amoeba.Cli.Arguments;

/// <summary>What `--help` prints. Lines stay within 100 characters.</summary>
internal static class HelpText
{
    private const int Column = 24;

    public static string Usage(CommandSpec command)
    {
        var text = new StringBuilder("amoeba ").Append(command.Name);
        if (command.Words.Length > 0) text.Append(' ').Append(command.Words);
        if (command.Options.Count > 0) text.Append(" [options]");
        if (command.TakesRest) text.Append(" -- PROGRAM [ARGUMENT...]");
        return text.ToString();
    }

    public static string Of(CommandSpec command)
    {
        var text = new StringBuilder();
        text.Append(command.Summary).Append(".\n\nUsage: ").Append(Usage(command)).Append('\n');
        if (command.Aliases.Count > 0) text.Append("Also:  ").AppendJoin(", ", command.Aliases).Append('\n');
        if (command.Details.Length > 0) text.Append('\n').Append(command.Details).Append('\n');
        Section(text, "Options", command.Options);
        Section(text, "Everywhere", command.Everywhere);
        if (command.Examples.Count > 0)
        {
            text.Append("\nExamples:\n");
            foreach (var example in command.Examples) text.Append("  ").Append(example).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>A help for a terminal that is narrower than its lines; examples stay as they can be typed.</summary>
    public static string Fit(string help, int width)
    {
        var text = new StringBuilder();
        var examples = false;
        foreach (var line in help.TrimEnd('\n').Split('\n'))
        {
            examples |= line == "Examples:";
            var beside =
                line.Length > Column + 2 && line.StartsWith("  ", StringComparison.Ordinal) && line[Column + 1] == ' ';
            if (examples || line.Length <= width) text.Append(line);
            else if (!beside) text.Append(Wrapping.Wrap(line, width, 0));
            else if (width >= Wrapping.Narrow) text.Append(Beside(line, width));
            else text.Append(Below(line, width));
            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Beside(string line, int width) =>
        line[..(Column + 2)] + Wrapping.Wrap(line[(Column + 2)..], width - Column - 2, 0)
            .Replace("\n", "\n" + new string(' ', Column + 2), StringComparison.Ordinal);

    private static string Below(string line, int width)
    {
        var name = line[..(Column + 2)].TrimEnd();
        var help = Wrapping.Wrap("      " + line[(Column + 2)..], width, 6);
        return name.Length == 0 ? help : $"{name}\n{help}";
    }

    public static string OfAll(IReadOnlyList<CommandSpec> commands)
    {
        var text = new StringBuilder();
        text.Append("Amoeba takes one job, decides whether and how far it is worth splitting, "
            + "runs the parts side by side\n")
            .Append("and joins what they return. Whatever happens to it, an accepted job is not lost.\n\n")
            .Append("Usage: amoeba COMMAND [words] [options]\n");
        foreach (var group in commands.GroupBy(command => command.Group))
        {
            text.Append('\n').Append(group.Key).Append(":\n");
            foreach (var command in group) Line(text, command.Name, command.Summary);
        }

        Section(text, "Everywhere", [.. CommonOptions.All, ArgumentParser.Version]);
        text.Append("\nExit codes: 0 done; 1 done with failed tasks, or cancelled; 2 bad input; "
            + "3 waiting for or refused\n")
            .Append("approval; 4 interrupted, can be resumed; 5 the machine lacks something.\n")
            .Append("'amoeba COMMAND --help' says more about one.\n");
        return text.ToString();
    }

    private static void Section(StringBuilder text, string title, IReadOnlyList<OptionSpec> options)
    {
        if (options.Count == 0) return;
        text.Append('\n').Append(title).Append(":\n");
        foreach (var option in options)
        {
            var name = option.Short is null ? option.Name : $"{option.Short}, {option.Name}";
            Line(text, option.Value is null ? name : $"{name} {option.Value}", option.Help);
        }
    }

    private static void Line(StringBuilder text, string name, string help)
    {
        text.Append("  ").Append(name.PadRight(Column));
        if (name.Length >= Column) text.Append('\n').Append(' ', Column + 2);
        text.Append(help).Append('\n');
    }
}
