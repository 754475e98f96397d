namespace Amoeba.Tools.Chat;

/// <summary>What a server may send at once.</summary>
internal static class SseLimits
{
    /// <summary>Bytes of one event: servers that do not really stream send the answer as one.</summary>
    public const int LongestEvent = 8 << 20;

    /// <summary>Bytes that stand around a whole answer.</summary>
    public const int Envelope = 1 << 20;
}
