using System.Globalization;

namespace Amoeba.Cli.Arguments;

/// <summary>A parsed command line with the surroundings it runs in.</summary>
internal sealed record CommandCall(
    CommandSpec Command,
    IReadOnlyList<string> Words,
    IReadOnlyList<string> Rest,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Options,
    CliConsole Console)
{
    /// <summary>When it was called.</summary>
    public DateTimeOffset Since { get; } = Console.Time.GetUtcNow();

    public bool Json => Has(CommonOptions.Json);

    public bool Quiet => Has(CommonOptions.Quiet);

    public bool Verbose => Has(CommonOptions.Verbose);

    public string? Word(int index) => index < Words.Count ? Words[index] : null;

    public bool Has(OptionSpec option) => Options.ContainsKey(option.Name);

    public string? Value(OptionSpec option) => Options.TryGetValue(option.Name, out var values) ? values[^1] : null;

    public IReadOnlyList<string> Values(OptionSpec option) =>
        Options.TryGetValue(option.Name, out var values) ? values : [];

    /// <summary>A whole number of at least <paramref name="least"/>, or null where the option was not given.</summary>
    /// <exception cref="UsageException">It is something else.</exception>
    public int? Number(OptionSpec option, int least)
    {
        if (Value(option) is not { } text) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least)
            return number;
        var most =
            text.Length > 9 && !text.AsSpan().ContainsAnyExceptInRange('0', '9') ? $", at most {int.MaxValue}" : "";
        throw new UsageException($"{option.Name} {text}: expected a whole number from {least} up{most}.");
    }
}
