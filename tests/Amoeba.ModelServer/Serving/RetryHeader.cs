using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Amoeba.StandIn.Serving;

internal static class RetryHeader
{
    /// <summary>As a fault says; nothing where it says nothing.</summary>
    public static void Tell(IHeaderDictionary headers, Fault fault, DateTimeOffset now)
    {
        if (fault.RetryAfter is { } wait) Tell(headers, fault.RetryAs, TimeSpan.FromSeconds(wait), now);
    }

    public static void Tell(IHeaderDictionary headers, RetryAs way, TimeSpan wait, DateTimeOffset now)
    {
        switch (way)
        {
            case RetryAs.Seconds:
                headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
                break;
            case RetryAs.Date:
                // A date has whole seconds, so it is rounded up.
                headers.RetryAfter =
                    (now + wait + TimeSpan.FromMilliseconds(999)).ToString("r", CultureInfo.InvariantCulture);
                break;
            case RetryAs.Ms:
                headers["retry-after-ms"] = Math.Ceiling(wait.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
                break;
        }
    }
}
