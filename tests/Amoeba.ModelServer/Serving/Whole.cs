using Microsoft.AspNetCore.Http;

namespace Amoeba.StandIn.Serving;

/// <summary>Sends an answer that is not a stream, and breaks it as the fault says.</summary>
internal static class Whole
{
    public static async Task SendAsync(
        HttpResponse response, Wire wire, ReadOnlyMemory<byte> body, string type, Fault? fault)
    {
        response.ContentType = Breaking.TypeOf(fault, type);
        var at = Math.Min(body.Length, fault?.After ?? body.Length / 2);
        switch (fault?.Kind)
        {
            case FaultKind.Empty:
                response.ContentLength = 0;
                return;
            case FaultKind.Half:
                body = body[..at];
                break;
            case FaultKind.Malformed:
                body = (byte[])[.. body[..at].Span, .. "{\"broken\": "u8];
                break;
            case FaultKind.Garbage:
                body = (byte[])[.. body[..at].Span, .. Breaking.Garbage, .. body[at..].Span];
                break;
            case FaultKind.Noise:
                body = (byte[])[.. "\r\n  "u8, .. body.Span, .. "\r\n\r\n"u8];
                break;
        }

        response.ContentLength = body.Length;
        switch (fault?.Kind)
        {
            case FaultKind.Cut or FaultKind.Reset or FaultKind.HangMid:
                wire.Write(body.Span[..at]);
                await wire.FlushAsync();
                if (fault.Kind == FaultKind.Cut) await wire.CutAsync();
                else if (fault.Kind == FaultKind.Reset) wire.Reset();
                else await wire.HangAsync();
                if (fault.Kind == FaultKind.HangMid) wire.Write(body.Span[at..]);
                break;
            case FaultKind.Trickle:
                await wire.TrickleAsync(body, fault.Pause);
                break;
            default:
                wire.Write(body.Span);
                break;
        }
    }
}
