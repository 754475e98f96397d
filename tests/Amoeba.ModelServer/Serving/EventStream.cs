using System.Text;
using Amoeba.StandIn.Dialects;
using Microsoft.AspNetCore.Http;

namespace Amoeba.StandIn.Serving;

/// <summary>Sends an answer as a stream at its pace, and breaks it as the fault says.</summary>
internal sealed class EventStream(HttpResponse response, Wire wire, Pace pace, Fault? fault)
{
    // A stream that is not paced goes out in pieces of about this size.
    private const int Batch = 16 * 1024;

    private int _unsent;

    /// <summary>
    /// <paramref name="broken"/> makes the event that tells of an error in the middle; <paramref name="unknown"/> is
    /// one to be passed over; <paramref name="ending"/> is told before the last bytes go out.
    /// </summary>
    public async Task SendAsync(IEnumerable<Frame> frames, Func<Frame> broken, Frame unknown, Action ending)
    {
        response.ContentType = Breaking.TypeOf(fault, "text/event-stream; charset=utf-8");
        response.Headers.CacheControl = "no-cache";
        if (fault?.Kind == FaultKind.Empty) return;
        if (fault is { After: null } or { Kind: FaultKind.NoEnd }) frames = frames.ToList();
        var strikeAt = StrikeAt(frames);
        var last = fault?.Kind == FaultKind.NoEnd ? frames.Count() - 1 : int.MaxValue;
        var (sent, number, struck) = (0, 0, false);
        foreach (var frame in frames)
        {
            if (number++ == last) break;
            if (!struck && sent >= strikeAt)
            {
                struck = true;
                if (await StrikeAsync(frame, broken)) return;
            }

            await DueAsync(frame.Tokens);
            await WriteAsync(frame, unknown);
            if (frame.Tokens > 0) sent++;
        }

        ending();
        await wire.FlushAsync();
    }

    private int StrikeAt(IEnumerable<Frame> frames) => fault?.Kind switch
    {
        FaultKind.Cut or FaultKind.Reset or FaultKind.Half
            or FaultKind.HangMid or FaultKind.Malformed or FaultKind.Garbage
            or FaultKind.ErrorEvent => fault.After ?? frames.Count(frame => frame.Tokens > 0) / 2,
        _ => int.MaxValue,
    };

    /// <summary>Whether the stream ends with it.</summary>
    private async Task<bool> StrikeAsync(Frame next, Func<Frame> broken)
    {
        if (fault!.Kind == FaultKind.ErrorEvent) wire.Write(broken().Data);
        if (fault.Kind == FaultKind.Garbage) wire.Write(Breaking.Garbage);
        if (fault.Kind == FaultKind.Malformed)
        {
            wire.Write(next.Data.AsSpan(0, next.Data.Length * 2 / 3));
            wire.Write("\n\n"u8);
        }

        await wire.FlushAsync();
        switch (fault.Kind)
        {
            case FaultKind.Cut: await wire.CutAsync(); break;
            case FaultKind.Reset: wire.Reset(); break;
            case FaultKind.HangMid: await wire.HangAsync(); break;
        }

        return fault.Kind is not (FaultKind.HangMid or FaultKind.Malformed or FaultKind.Garbage);
    }

    private async Task DueAsync(int tokens)
    {
        if (tokens == 0) return;
        pace.Tokens(tokens);
        if (!pace.IsAhead) return;
        // What was written is due: it may not wait for what is not.
        await wire.FlushAsync();
        _unsent = 0;
        await pace.WaitAsync(wire.Cancel);
    }

    private async Task WriteAsync(Frame frame, Frame unknown)
    {
        switch (fault?.Kind)
        {
            case FaultKind.Trickle:
                await wire.TrickleAsync(frame.Data, fault.Pause);
                return;
            case FaultKind.Noise:
                wire.Write(": a comment\n\nretry: 3000\r\nid: 7\r\n\r\n"u8);
                wire.Write(unknown.Data);
                var text = Encoding.UTF8.GetString(frame.Data).Replace("data: ", "data:", StringComparison.Ordinal);
                wire.Write(Encoding.UTF8.GetBytes(text.Replace("\n", "\r\n", StringComparison.Ordinal)));
                return;
        }

        wire.Write(frame.Data);
        _unsent += frame.Data.Length;
        if (_unsent < Batch) return;
        await wire.FlushAsync();
        _unsent = 0;
    }
}
