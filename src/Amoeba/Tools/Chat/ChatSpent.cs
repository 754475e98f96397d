using System.Text;
using Amoeba.Engine.Records;
using Amoeba.Models;
using Microsoft.Extensions.AI;

namespace Amoeba.Tools.Chat;

/// <summary>
/// What the calls of one attempt took together: what servers counted, and where they did not, a guess.
/// </summary>
internal sealed class ChatSpent
{
    /// <summary>Bytes of text to a token, more or less, in most languages and models.</summary>
    private const int BytesOfToken = 4;

    /// <summary>What an image or a sound is taken for where nobody counts.</summary>
    private const int TokensOfFile = 1000;

    /// <summary>
    /// No call has more tokens: a count beyond it, or below nothing, is a server's mistake and not believed.
    /// </summary>
    private const long MostOfCall = 1_000_000_000;

    private TokenCounts _tokens;

    public TokenCounts Tokens => _tokens;

    /// <summary>Some of it is a guess.</summary>
    public bool IsEstimated { get; private set; }

    public static long Estimate(long bytes) => (bytes + BytesOfToken - 1) / BytesOfToken;

    public static long Estimate(IEnumerable<ChatMessage> messages) => messages
        .SelectMany(message => message.Contents)
        .Sum(content => content is TextContent text ? Estimate(Encoding.UTF8.GetByteCount(text.Text)) : TokensOfFile);

    /// <summary>Adds a call.</summary>
    /// <param name="usage">What the server counted; null where it did not, or not to the end.</param>
    /// <param name="input">The guess of what it read.</param>
    /// <param name="written">Bytes that it wrote.</param>
    /// <param name="whole">The server's figures are its last ones.</param>
    /// <returns>The call's tokens, for its quota.</returns>
    public long Add(UsageDetails? usage, long input, long written, bool whole)
    {
        var cached = Believed(usage?.CachedInputTokenCount) ?? 0;
        var read = Believed(usage?.InputTokenCount) is { } all ? Math.Max(0, all - cached) : input;
        // Of a stream that broke, the count of what was written did not come: the text tells more.
        var guess = Estimate(written);
        var output = Believed(usage?.OutputTokenCount) is { } counted && (whole || counted >= guess) ? counted : guess;
        IsEstimated |= usage is null || !whole || Believed(usage.InputTokenCount) is null
            || Believed(usage.OutputTokenCount) is null;
        var call = new TokenCounts(read, output, cached, Math.Min(output, Believed(usage?.ReasoningTokenCount) ?? 0));
        _tokens += call;
        return call.Input + call.Output + call.Cached;
    }

    private static long? Believed(long? count) => count is >= 0 and <= MostOfCall ? count : null;

    public decimal CostOf(ModelSpec model) => model.Price?.Of(_tokens.Input, _tokens.Output, _tokens.Cached) ?? 0;
}
