namespace Amoeba.Models;

/// <summary>
/// Where a key, or another secret value of a model, is: a variable, a file, or in the configuration itself.
/// </summary>
internal sealed record KeyReference(KeyPlace Place, string Text)
{
    private const string Variable = "env:";
    private const string File = "file:";

    /// <summary>What to write where a server asks for no key.</summary>
    public const string None = "none";

    /// <summary>Null is no key.</summary>
    public static KeyReference? Parse(string text) => text switch
    {
        None => null,
        _ when text.StartsWith(Variable, StringComparison.Ordinal) => new(KeyPlace.Variable, text[Variable.Length..]),
        _ when text.StartsWith(File, StringComparison.Ordinal) => new(KeyPlace.File, text[File.Length..]),
        _ => new(KeyPlace.Literal, text),
    };

    public static bool IsReference(string text) =>
        text == None || text.StartsWith(Variable, StringComparison.Ordinal)
            || text.StartsWith(File, StringComparison.Ordinal);

    /// <summary>Where it is, for a person; never the value.</summary>
    public override string ToString() => Place switch
    {
        KeyPlace.Variable => Variable + Text,
        KeyPlace.File => File + Text,
        _ => "***",
    };
}

internal enum KeyPlace
{
    Variable,
    File,
    Literal,
}
