namespace Amoeba.Plans;

/// <summary>How much one call of a merge by a model holds. A token is taken for four bytes of text.</summary>
/// <param name="Context">Tokens that a call may read and write together.</param>
/// <param name="Answer">Of these, what is kept free for the answer.</param>
/// <param name="Fixed">Bytes that every call has beside results: the prompt, what the model is told
/// before, which part it is.</param>
internal sealed record ReduceShape(long Context, long Answer, long Fixed)
{
    public const int BytesOfToken = 4;

    /// <summary>Where neither plan nor configuration says. Most models that are served today hold as much.</summary>
    public const int UsualContext = 32_000;

    /// <summary>Bytes around a result beside its title: the most that they can be.</summary>
    public const int Wrapping = 64;

    /// <summary>Bytes, the most, of the sentence that says which part it is.</summary>
    public const int PartWords = 240;

    private const int UsualAnswer = 4096;
    private const int LeastRoom = 1024;

    /// <summary>Bytes for results, with their titles and what stands around them.</summary>
    public long Room => ((Context - Answer) * BytesOfToken) - Fixed;

    /// <summary>There is room for results at all.</summary>
    public bool Fits => Room >= LeastRoom;

    /// <param name="prompt">Bytes of the prompt without results, and of what the model is told before.</param>
    /// <param name="maxTokens">Longest answer; null where the plan does not say.</param>
    /// <param name="asked">What the plan gives one call.</param>
    /// <param name="model">What the configuration says that the model holds.</param>
    /// <param name="quota">Tokens a minute of the model's server: a call that is larger is never let through.</param>
    public static ReduceShape Of(long prompt, int? maxTokens, long? asked, long? model, long? quota)
    {
        var context = Math.Min(asked ?? model ?? UsualContext, quota ?? long.MaxValue);
        return new ReduceShape(context, maxTokens ?? Math.Min(UsualAnswer, context / 4), prompt + PartWords);
    }

    /// <summary>
    /// Bytes of a prompt that stands in the plan; of what is filled in later only the template counts.
    /// </summary>
    public static long PromptOf(ChatSpec chat) =>
        System.Text.Encoding.UTF8.GetByteCount(chat.Prompt.Source + chat.System?.Source);
}
