namespace Amoeba;

/// <summary>
/// A server of models, or a model behind a client of the program's own: what the command line's
/// configuration says under `models`.
/// </summary>
public sealed class ModelOptions
{
    /// <summary>Which interface the server speaks. Default: chat completions.</summary>
    public ModelInterface Kind { get; set; }

    /// <summary>
    /// Where the interface begins, such as http://127.0.0.1:11434/v1; without a path, /v1 is meant. Null (the default)
    /// is the vendor's own address. http or https, without a name, password, ? or #.
    /// </summary>
    public Uri? Url { get; set; }

    /// <summary>
    /// The key: <c>env:NAME</c> and <c>file:PATH</c> say where it is, anything else is it. Null (the default) is no
    /// key, and for the vendor's own address the variable that the vendor's programs read. It is read when a job
    /// begins, goes to this server alone, and is masked in outputs and errors.
    /// </summary>
    public string? Key { get; set; }

    /// <summary>
    /// What the server calls the model that is meant where a plan gives only the name. Null: plans have to say.
    /// </summary>
    public string? Model { get; set; }

    /// <summary>
    /// What it costs. Null (the default): a server of this machine is free, a vendor's price is looked up in the table
    /// that comes with Amoeba, and any other is not known: then a job that calls it asks before it runs.
    /// </summary>
    public ModelPrice? Price { get; set; }

    /// <summary>
    /// How much it may be asked, over all jobs. Null (the default): limits are learned from what the server says.
    /// </summary>
    public ModelQuota? Quota { get; set; }

    /// <summary>
    /// Tokens that one call may read and write together, 1,000 to 100,000,000; merges go by it. Null: 32,000.
    /// </summary>
    public int? Context { get; set; }

    /// <summary>Sent with every call; values may be <c>env:NAME</c> and <c>file:PATH</c> too.</summary>
    public IDictionary<string, string> Headers { get; } =
        new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>What holds of one of its models alone, by what the server calls it.</summary>
    public IDictionary<string, ModelDetails> Models { get; } =
        new Dictionary<string, ModelDetails>(StringComparer.Ordinal);
}

/// <summary>What holds of one model of a server; null is the server's.</summary>
public sealed class ModelDetails
{
    /// <summary>What it costs.</summary>
    public ModelPrice? Price { get; set; }

    /// <summary>How much it may be asked.</summary>
    public ModelQuota? Quota { get; set; }

    /// <summary>Tokens that one call may read and write together, 1,000 to 100,000,000.</summary>
    public int? Context { get; set; }
}

/// <summary>Which interface a server of models speaks.</summary>
public enum ModelInterface
{
    /// <summary>Chat completions: Ollama, vLLM, LiteLLM, llama.cpp, OpenAI.</summary>
    OpenAi,

    /// <summary>Anthropic's messages.</summary>
    Anthropic,
}

/// <summary>US dollars per million tokens, each 0 to 1,000,000.</summary>
/// <param name="Input">Of what is read.</param>
/// <param name="Output">Of what is written, thinking included.</param>
/// <param name="Cached">Of what the server had read before; null: as <paramref name="Input"/>.</param>
public sealed record ModelPrice(decimal Input, decimal Output, decimal? Cached = null)
{
    /// <summary>It costs nothing, and a job that calls it does not ask.</summary>
    public static ModelPrice Free { get; } = new(0, 0);
}

/// <summary>
/// How much a model may be asked, over all jobs and all processes that share a home. What is null is not limited.
/// </summary>
public sealed record ModelQuota
{
    /// <summary>Calls at once, 1 to 100,000.</summary>
    public int? Concurrency { get; init; }

    /// <summary>Calls a minute, 1 and up.</summary>
    public long? Requests { get; init; }

    /// <summary>Tokens a minute, read and written, 1 and up. A call that is larger than this is refused.</summary>
    public long? Tokens { get; init; }
}
