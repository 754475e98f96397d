namespace Amoeba.StandIn.Serving;

internal static class Keys
{
    public static bool Fit(Script script, string? key) =>
        script.Keys is not { } keys || (key is not null && keys.Contains(key));
}
