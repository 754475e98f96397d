using Amoeba.Engine.Ports;

namespace Amoeba.Tools.Fetch;

/// <summary>A call that ends without an answer, in words for a person.</summary>
internal sealed class FetchException(AttemptEnd end, string message, Exception? inner = null)
    : Exception(message, inner)
{
    public AttemptEnd End => end;

    public ToolOutcome Outcome => new(end, Message);

    /// <summary>Trying again will not help.</summary>
    public static FetchException Hopeless(string message) => new(AttemptEnd.Hopeless, message);

    /// <summary>It may go better next time.</summary>
    public static FetchException Failed(string message, Exception? inner = null) =>
        new(AttemptEnd.Failed, message, inner);
}
