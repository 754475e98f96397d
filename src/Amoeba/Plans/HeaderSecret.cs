using System.Text.RegularExpressions;

namespace Amoeba.Plans;

/// <summary>
/// A header's value that stands elsewhere: `env:NAME` or `file:PATH`, or one of these after a word, such as
/// `Bearer env:NAME`. Only the plan's own text is read so, never what is filled in.
/// </summary>
/// <param name="Before">What stands before it, with its blank; mostly the scheme.</param>
/// <param name="Place">Where it is, as the plan writes it.</param>
internal sealed partial record HeaderSecret(string Before, string Place)
{
    private const string Variable = "env:";

    /// <summary>The name of its variable; null where it is in a file.</summary>
    public string? Name => Place.StartsWith(Variable, StringComparison.Ordinal) ? Place[Variable.Length..] : null;

    /// <summary>The secret that a header's value names; null where the value is the text itself.</summary>
    public static HeaderSecret? Of(Template value) =>
        value.IsLiteral && Form().Match(value.Shown) is { Success: true } match
        ? new HeaderSecret(match.Groups[1].Value, match.Groups[2].Value)
        : null;

    /// <summary>What is wrong with a place; null where nothing is.</summary>
    public static string? Problem(string place)
    {
        var rest = place[(place.IndexOf(':', StringComparison.Ordinal) + 1)..];
        if (place.StartsWith(Variable, StringComparison.Ordinal))
            return TaskBinder.IsEnvironmentName(rest) ? null : $"\"{rest}\" is no name of an environment variable.";
        if (!place.StartsWith("file:", StringComparison.Ordinal)) return "expected env:NAME or file:PATH.";
        return Path.IsPathRooted(rest) || rest.StartsWith("~/", StringComparison.Ordinal)
            ? null
            : "expected file: with a whole path, such as file:/etc/keys/vendor or file:~/.keys/vendor.";
    }

    [GeneratedRegex(@"\A([^\s:]+ +)?((?:env|file):[^\r\n]+)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
