using Amoeba.Plans;

namespace Amoeba.Cli.Arguments;

/// <summary>What to do with a command line; a null command asks for the program's own help or version.</summary>
internal sealed record ParsedLine(
    CommandSpec? Command,
    IReadOnlyList<string> Words,
    IReadOnlyList<string> Rest,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Options)
{
    public bool Help => Options.ContainsKey(CommonOptions.Help.Name);
}

/// <summary>
/// Command line to command. Options may stand before and after the words, as `--name value` or `--name=value`; what
/// follows `--` is never an option.
/// </summary>
internal static class ArgumentParser
{
    public static readonly OptionSpec Version = new("--version", null, "Show the version");

    /// <exception cref="UsageException">Something in it is unknown, missing or too much.</exception>
    public static ParsedLine Parse(IReadOnlyList<string> arguments, IReadOnlyList<CommandSpec> commands)
    {
        var words = new List<string>();
        var rest = new List<string>();
        var options = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        CommandSpec? command = null;
        for (var i = 0; i < arguments.Count; i++)
        {
            var word = arguments[i];
            if (word == "--")
            {
                rest.AddRange(arguments.Skip(i + 1));
                break;
            }

            if (word.StartsWith('-') && word.Length > 1) i = TakeOption(arguments, i, command, options);
            else if (command is null && word == "help") options[CommonOptions.Help.Name] = [];
            else if (command is null) command = Find(word, commands);
            else words.Add(word);
        }

        var line = new ParsedLine(command, words, rest, options);
        if (command is not null && !line.Help) Check(command, line);
        return line;
    }

    private static int TakeOption(
        IReadOnlyList<string> arguments, int at, CommandSpec? command,
        Dictionary<string, IReadOnlyList<string>> options)
    {
        var word = arguments[at];
        var equals = word.StartsWith("--", StringComparison.Ordinal) ? word.IndexOf('=', StringComparison.Ordinal) : -1;
        var name = equals > 0 ? word[..equals] : word;
        var known = Known(command);
        var option = known.FirstOrDefault(option => option.Name == name || option.Short == name)
            ?? throw Unknown(name, command, known);
        if (option.Value is null)
        {
            if (equals > 0) throw new UsageException($"{option.Name} takes no value.");
            options[option.Name] = [];
            return at;
        }

        string value;
        if (equals > 0) value = word[(equals + 1)..];
        else if (at + 1 < arguments.Count && IsValue(arguments[at + 1])) value = arguments[++at];
        else throw new UsageException($"{option.Name} needs a value: {option.Name} {option.Value}.");

        if (!option.Many && options.ContainsKey(option.Name))
            throw new UsageException($"{option.Name} was given twice.");
        options[option.Name] = options.TryGetValue(option.Name, out var values) ? [.. values, value] : [value];
        return at;
    }

    /// <summary>A number below zero is meant as one, so that what is said is that it is too small.</summary>
    private static bool IsValue(string word) => word is ['-', _, ..] ? char.IsAsciiDigit(word[1]) : true;

    private static IReadOnlyList<OptionSpec> Known(CommandSpec? command) => command is null
        ? [.. CommonOptions.All, Version]
        : [.. command.Options, .. CommonOptions.All];

    private static CommandSpec Find(string word, IReadOnlyList<CommandSpec> commands)
    {
        foreach (var command in commands)
        {
            if (command.Name == word || command.Aliases.Contains(word)) return command;
        }

        var nearest = NearestName.Of(word, commands.SelectMany(command => command.Names));
        throw new UsageException($"there is no command '{word}'.{Meant(nearest)} 'amoeba --help' lists the commands.");
    }

    private static UsageException Unknown(string name, CommandSpec? command, IReadOnlyList<OptionSpec> known)
    {
        var nearest = NearestName.Of(name, known.Select(option => option.Name));
        var place = command is null ? "amoeba" : "amoeba " + command.Name;
        return new UsageException($"'{place}' has no option '{name}'.{Meant(nearest)} '{place} --help' lists them.");
    }

    private static string Meant(string? nearest) => nearest is null ? "" : $" Did you mean '{nearest}'?";

    private static void Check(CommandSpec command, ParsedLine line)
    {
        var usage = $"Usage: {HelpText.Usage(command)}";
        if (line.Words.Count < command.LeastWords)
            throw new UsageException(
                $"'amoeba {command.Name}' needs {command.Words.Split(' ')[line.Words.Count].TrimEnd('.')}. {usage}");
        if (line.Words.Count > command.MostWords)
            throw new UsageException(
                $"'amoeba {command.Name}' does not take '{line.Words[command.MostWords]}'. {usage}");
        if (line.Rest.Count > 0 && !command.TakesRest)
            throw new UsageException($"'amoeba {command.Name}' takes nothing after '--'. {usage}");
        if (command.InsteadOfJson is { } instead && line.Options.ContainsKey(CommonOptions.Json.Name))
            throw new UsageException($"'amoeba {command.Name}' has no --json: {instead}.");
    }
}
