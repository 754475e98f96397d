using System.Globalization;

namespace Amoeba.Cli.Terminal;

/// <summary>What a person types where `run` asks in place.</summary>
internal static class InPlaceAnswer
{
    /// <returns>
    /// The kind of request with a number of children; `later` leaves the question open, and null was not understood.
    /// </returns>
    public static (string? Kind, int? Children) Of(string? typed) => typed switch
    {
        null or "q" or "quit" or "later" => ("later", null),
        "y" or "yes" => ("approve", null),
        "s" or "sequential" => ("sequential", null),
        "n" or "no" => ("refuse", null),
        _ when int.TryParse(typed, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 =>
            ("approve", number),
        _ => (null, null),
    };
}
