using System.Globalization;
using Amoeba.StandIn.Serving;
using Microsoft.AspNetCore.Http;

namespace Amoeba.StandIn.Web;

/// <summary>
/// A resource that can be asked for on condition: `?etag=V` and `?modified=DATE` in the query give it an ETag and a
/// date. `?etag=first:N` changes the ETag after N requests.
/// </summary>
internal sealed class Versioned(HttpContext http, Session session)
{
    public async Task SendAsync(Func<byte[]> make, string type, Func<byte[], string, Task> send)
    {
        var request = http.Request;
        var etag = EtagOf(request);
        if (etag is not null) http.Response.Headers.ETag = etag;
        DateTimeOffset? modified = DateTimeOffset.TryParse(
            request.Query["modified"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? date
            : null;
        if (modified is { } told) http.Response.Headers.LastModified = told.ToString("r", CultureInfo.InvariantCulture);
        if (IsSame(request, etag, modified))
        {
            http.Response.StatusCode = 304;
            return;
        }

        await send(make(), type);
    }

    private string? EtagOf(HttpRequest request)
    {
        var said = request.Query["etag"].ToString();
        if (said.Length == 0) return null;
        if (!said.StartsWith("first:", StringComparison.Ordinal)) return $"\"{said}\"";
        var first = int.Parse(said["first:".Length..], NumberStyles.None, CultureInfo.InvariantCulture);
        return session.CountOf(request.Path + request.QueryString.Value) <= first ? "\"old\"" : "\"new\"";
    }

    /// <summary>The ETag decides where the client sends one; RFC 9110, 13.1.3.</summary>
    private static bool IsSame(HttpRequest request, string? etag, DateTimeOffset? modified)
    {
        if (request.Headers.IfNoneMatch is { Count: > 0 } known)
            return etag is not null && known.ToString().Contains(etag, StringComparison.Ordinal);
        var told =
            DateTimeOffset.TryParse(request.Headers.IfModifiedSince, CultureInfo.InvariantCulture, out var since);
        return told && modified <= since;
    }
}
