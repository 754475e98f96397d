using Microsoft.AspNetCore.Http;

namespace Amoeba.StandIn.Serving;

internal static class Breaking
{
    public static ReadOnlySpan<byte> Garbage => [(byte)'<', 0xFF, 0xFE, 0x00, 0xC3, (byte)'(', (byte)'\n', (byte)'\n'];

    public static string TypeOf(Fault? fault, string type) =>
        fault?.Kind == FaultKind.ContentType ? "text/html; charset=utf-8" : type;

    /// <summary>What breaks before the first byte; whether nothing is left to be answered.</summary>
    public static async Task<bool> BeforeAsync(Fault? fault, HttpContext http, Wire wire)
    {
        switch (fault?.Kind)
        {
            case FaultKind.Drop:
                http.Response.StatusCode = 0;
                await wire.CutAsync();
                return true;
            case FaultKind.Hang:
                await wire.HangAsync();
                return false;
            default:
                return false;
        }
    }
}
