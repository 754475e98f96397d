namespace Amoeba.Models;

/// <summary>US dollars per million tokens.</summary>
/// <param name="Input">Of what is read.</param>
/// <param name="Output">Of what is written, thinking included.</param>
/// <param name="Cached">Of what the server had read before; null: as <paramref name="Input"/>.</param>
internal sealed record TokenPrice(decimal Input, decimal Output, decimal? Cached = null)
{
    private const decimal Million = 1_000_000;

    public static TokenPrice Free { get; } = new(0, 0, 0);

    public bool IsFree => Input == 0 && Output == 0 && Cached is null or 0;

    /// <summary>US dollars of so many tokens; cached ones are not among the input.</summary>
    public decimal Of(long input, long output, long cached) =>
        ((input * Input) + (output * Output) + (cached * (Cached ?? Input))) / Million;
}
