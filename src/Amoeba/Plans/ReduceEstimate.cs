namespace Amoeba.Plans;

/// <summary>What a merge by a model takes.</summary>
/// <param name="Calls">Calls of the model.</param>
/// <param name="Levels">How often answers are joined again; the calls of a level may go side by side.</param>
/// <param name="Input">Tokens that are read, a little on the safe side.</param>
/// <param name="Output">Tokens that are written.</param>
internal readonly record struct ReduceEstimate(long Calls, int Levels, long Input, long Output)
{
    /// <summary>Levels beyond which a merge is given up: its answers do not get shorter.</summary>
    public const int MostLevels = 32;

    /// <summary>What an answer is taken for where nothing says.</summary>
    public const int UsualAnswer = 512;

    /// <param name="shape">What one call holds.</param>
    /// <param name="results">How many results are joined.</param>
    /// <param name="bytes">Bytes of each, with its item's text.</param>
    /// <param name="answer">Tokens of an answer.</param>
    public static ReduceEstimate Of(ReduceShape shape, long results, long bytes, long answer = UsualAnswer)
    {
        var total = default(ReduceEstimate);
        if (results == 0 || !shape.Fits) return total;
        while (total.Levels < MostLevels)
        {
            var (pieces, calls) = Level(shape, results, bytes);
            var read = (results * bytes) + (pieces * ReduceShape.Wrapping) + (calls * shape.Fixed);
            total = new ReduceEstimate(
                total.Calls + calls,
                total.Levels + 1,
                total.Input + ((read + ReduceShape.BytesOfToken - 1) / ReduceShape.BytesOfToken),
                total.Output + (calls * answer));
            // Where answers are as long as what they are of, the merge itself ends here too, with words.
            if (calls == 1 || (total.Levels > 1 && calls >= results)) break;
            (results, bytes) = (calls, answer * ReduceShape.BytesOfToken);
        }

        return total;
    }

    private static (long Pieces, long Calls) Level(ReduceShape shape, long results, long bytes)
    {
        var most = shape.Room - ReduceShape.Wrapping;
        if (bytes > most)
        {
            var pieces = results * ((bytes + most - 1) / most);
            return (pieces, pieces);
        }

        var together = shape.Room / (bytes + ReduceShape.Wrapping);
        return (results, (results + together - 1) / together);
    }
}
