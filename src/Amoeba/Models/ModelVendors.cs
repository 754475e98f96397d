namespace Amoeba.Models;

/// <summary>Where the vendors are, for an entry that gives no address.</summary>
internal static class ModelVendors
{
    public static Uri Url(ModelKind kind) => kind == ModelKind.Anthropic
        ? new Uri("https://api.anthropic.com/v1")
        : new Uri("https://api.openai.com/v1");

    /// <summary>The variable that the vendor's own programs read.</summary>
    public static KeyReference Key(ModelKind kind) =>
        new(KeyPlace.Variable, kind == ModelKind.Anthropic ? "ANTHROPIC_API_KEY" : "OPENAI_API_KEY");
}
