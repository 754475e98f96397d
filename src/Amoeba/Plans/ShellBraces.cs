using System.Text.RegularExpressions;

namespace Amoeba.Plans;

/// <summary>
/// Finds variables that a shell's text says in braces, as arguments of `run` do: nothing fills them in there. Other
/// braces are the text's own: of the shell, of awk, of a template, or of a program in another language.
/// </summary>
internal static partial class ShellBraces
{
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;

    /// <summary>What makes a brace another's: `${item}`, `{{item}}`, `%{item}`, `HEAD@{1}`, an escape.</summary>
    private const string Before = "${%#@\\";

    /// <summary>Each variable once, with what is to be written in its place.</summary>
    /// <param name="text">The shell's text.</param>
    /// <param name="names">The names that a variable may have.</param>
    /// <param name="isThere">Whether the plan has it.</param>
    public static IEnumerable<(string Written, string Instead)> Find(
        string text, TemplateNames names, Func<TemplatePart, bool> isThere)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var at = text.IndexOf('{', StringComparison.Ordinal); at >= 0;)
        {
            var next = text.IndexOfAny(['{', '}'], at + 1);
            if (next < 0) yield break;
            if (text[next] == '}' && (at == 0 || !Before.Contains(text[at - 1], StringComparison.Ordinal)))
            {
                var name = text[(at + 1)..next];
                if (IsName(name) && !seen.Contains(name) && names.Find(name) is { } variable && isThere(variable)
                    && Variable(variable) is { } instead && !IsOwn(text, at, name, instead))
                {
                    seen.Add(name);
                    yield return ($"{{{name}}}", Instead(variable, instead));
                }
            }

            at = text[next] == '{' ? next : text.IndexOf('{', next);
        }
    }

    private static bool IsName(string name) => name.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or ' ');

    /// <summary>The variable of the environment that holds it.</summary>
    private static string? Variable(TemplatePart part) => part.Kind switch
    {
        VariableKind.Item => "AMOEBA_ITEM",
        VariableKind.ItemField when VariableNames.CanBeSaid(VariableNames.Upper(part.Text)) =>
            $"AMOEBA_ITEM_{VariableNames.Upper(part.Text)}",
        VariableKind.Index => "AMOEBA_INDEX",
        VariableKind.Var => $"AMOEBA_VAR_{VariableNames.Upper(part.Text)}",
        VariableKind.TaskOutput or VariableKind.TaskFile => $"AMOEBA_INPUT_{VariableNames.Upper(part.Text)}",
        _ => null,
    };

    private static string Instead(TemplatePart part, string variable) =>
        part.Kind == VariableKind.TaskOutput ? $"\"$(cat \"${variable}\")\"" : $"\"${variable}\"";

    /// <summary>
    /// Whether the text means something of its own: it speaks of the environment's variable too, as one that replaces
    /// the braces by it does; it sets the name itself, as a program in another language; it is xargs' mark, or jq's
    /// object of one field.
    /// </summary>
    private static bool IsOwn(string text, int at, string name, string variable)
    {
        if (Regex.IsMatch(text, $@"{variable}($|[^A-Z0-9_])", Options)) return true;
        var escaped = Regex.Escape(name);
        if (Regex.IsMatch(text, $@"(-I|--replace[= ])\s*[""']?\{{{escaped}\}}", Options)) return true;
        return !name.Contains('.', StringComparison.Ordinal)
            && (IsSet(text, name, escaped) || Jq().IsMatch(text[..at]));
    }

    private static bool IsSet(string text, string name, string escaped)
    {
        var word = $@"(^|[^\w{{$&?-]){escaped}";
        if (Regex.IsMatch(text, $@"{word}\s+in\s", Options)) return true;
        if (Regex.IsMatch(text, $@"\b(for|lambda|read|let|var|const)\s+(-\w+\s+)*(\(?\w+,\s*)*\(?{escaped}\b", Options))
            return true;
        // As `item={item}` would be meant.
        return Regex.Matches(text, $@"{word}\s*:?=\s*[""']?", Options)
            .Any(match => !text.AsSpan(match.Index + match.Length).StartsWith($"{{{name}}}"));
    }

    [GeneratedRegex(@"\b(jq|gojq|jaq|yq)\b", RegexOptions.CultureInvariant)]
    private static partial Regex Jq();
}
