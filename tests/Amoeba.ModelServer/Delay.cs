using System.Text.Json.Serialization;
using Amoeba.StandIn.Answering;

namespace Amoeba.StandIn;

/// <summary>
/// How long something takes, in seconds. In a script a number is a fixed time, `{"from": 0.1, "to": 0.5}` is uniform,
/// `{"median": 0.3, "sigma": 0.5}` is lognormal; `most` bounds a lognormal one (60 where not said).
/// </summary>
[JsonConverter(typeof(DelayJson))]
public readonly record struct Delay
{
    internal double From { get; private init; }

    internal double To { get; private init; }

    internal double Sigma { get; private init; }

    public static Delay None => default;

    public static Delay Fixed(double seconds) => Uniform(seconds, seconds);

    public static Delay Uniform(double from, double to)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfLessThan(to, from);
        return new Delay { From = from, To = to };
    }

    /// <param name="median">Half of the times are shorter.</param>
    /// <param name="sigma">Spread of the logarithm; 0.5 puts one in twenty over 2.3 medians.</param>
    /// <param name="most">Longer times are cut to this.</param>
    public static Delay LogNormal(double median, double sigma, double most = 60)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(median);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sigma);
        return new Delay { From = median, To = most, Sigma = sigma };
    }

    internal bool IsNone => To == 0;

    internal double Sample(Chance chance)
    {
        if (Sigma > 0) return Math.Min(To, From * Math.Exp(Sigma * chance.Normal()));
        return To > From ? From + (To - From) * chance.Next() : From;
    }
}
