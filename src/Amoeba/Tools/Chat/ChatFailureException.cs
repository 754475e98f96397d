using Amoeba.Engine.Ports;

namespace Amoeba.Tools.Chat;

/// <summary>A call that went wrong in a way that can be expected, with words for a person.</summary>
internal sealed class ChatFailureException(ChatFailure kind, string message, Exception? inner = null)
    : Exception(message, inner)
{
    public ChatFailure Kind => kind;

    /// <summary>What the server said of its limits.</summary>
    public QuotaNews News { get; init; } = QuotaNews.None;

    /// <summary>False where nothing can have reached the server.</summary>
    public bool Sent { get; init; } = true;

    /// <summary>One that came before anything was sent.</summary>
    public static ChatFailureException Before(ChatFailure kind, string message, Exception? inner = null) =>
        new(kind, message, inner) { Sent = false };
}

internal enum ChatFailure
{
    /// <summary>May be better another time.</summary>
    Failed,

    /// <summary>The same call will be refused again: a wrong key, an unknown model.</summary>
    Hopeless,

    /// <summary>Refused by a limit: wait, and call again.</summary>
    Throttled,
}
