namespace Amoeba.Cli.Arguments;

/// <summary>An option of a command.</summary>
/// <param name="Name">With its dashes, such as `--children`.</param>
/// <param name="Value">What its value is called in the help; null for a switch.</param>
/// <param name="Help">One line, without a full stop.</param>
/// <param name="Short">A one-letter form such as `-f`, or null.</param>
/// <param name="Many">May be given several times.</param>
internal sealed record OptionSpec(string Name, string? Value, string Help, string? Short = null, bool Many = false);
