namespace Amoeba.Models;

/// <summary>Which interface a server speaks.</summary>
internal enum ModelKind
{
    /// <summary>Chat completions as OpenAI made them, and most servers have them.</summary>
    OpenAi,

    /// <summary>Anthropic's messages.</summary>
    Anthropic,

    /// <summary>A client that the embedding program registered.</summary>
    Own,
}
