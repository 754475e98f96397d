using System.Text.Json;
using System.Text.Json.Nodes;
using Amoeba.StandIn.Answering;
using Amoeba.StandIn.Dialects;
using Amoeba.StandIn.Limiting;
using Microsoft.AspNetCore.Http;

namespace Amoeba.StandIn.Serving;

/// <summary>One call of a model, from its bytes to the end of its answer.</summary>
internal sealed class ModelCall(
    HttpContext http, Dialect dialect, Session session, Counter.Call call, Wire wire, TimeProvider time)
{
    private readonly HttpResponse _response = http.Response;

    public async Task AnswerAsync(byte[] body, long number)
    {
        if (!Keys.Fit(session.Script, dialect.KeyOf(http.Request.Headers)))
        {
            await RefuseAsync(401, Trouble.WrongKey, "Incorrect API key provided.");
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(body);
            await AnswerAsync(dialect.Read(document.RootElement), body, number);
        }
        catch (JsonException wrong)
        {
            await RefuseAsync(400, Trouble.BadRequest, "The body is not JSON: " + wrong.Message);
        }
        catch (BadAskException wrong)
        {
            await RefuseAsync(400, Trouble.BadRequest, wrong.Message);
        }
    }

    private async Task AnswerAsync(Ask ask, byte[] body, long number)
    {
        var script = session.Script;
        if (script.Models?.Contains(ask.Model) == false)
        {
            var unknown = $"The model `{ask.Model}` does not exist or you do not have access to it.";
            await RefuseAsync(404, Trouble.UnknownModel, unknown);
            return;
        }

        var path = http.Request.Path + http.Request.QueryString.Value;
        var chance = session.ChanceFor(path, body);
        var fault = session.Faults.Choose(path, ask, chance, session.Now);
        if (await FailAsync(fault, ask)) return;
        if (ask.InputTokens > script.Context)
        {
            var message = dialect is Anthropic
                ? $"prompt is too long: {ask.InputTokens} tokens > {script.Context} maximum"
                : $"This model's maximum context length is {script.Context} tokens. However, your messages resulted in "
                    + $"{ask.InputTokens} tokens.";
            await RefuseAsync(400, Trouble.ContextTooLong, message);
            return;
        }

        var reply = session.Answerer.Answer(ask, chance, number, time.GetUtcNow().ToUnixTimeSeconds());
        var admission = session.AdmissionFor(ask.Model);
        if (admission?.Enter(reply.Counts.Total, session.Now) is { } verdict && await LimitAsync(verdict)) return;
        var isInside = true;
        void Leave()
        {
            if (isInside) admission?.Leave();
            isInside = false;
            call.Leave();
        }

        try
        {
            session.Counter.Admit(reply.Counts.Input + reply.Counts.CacheWrite, reply.Counts.Output, session.Now);
            await SendAsync(ask, reply, fault, new Pace(time, chance, reply.Latency), Leave);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Whether the fault left nothing to be answered.</summary>
    private async Task<bool> FailAsync(Fault? fault, Ask ask)
    {
        if (await Breaking.BeforeAsync(fault, http, wire)) return true;
        if (fault is { Kind: FaultKind.ErrorEvent } && !ask.Stream)
        {
            await RefuseAsync(dialect.Overloaded, Trouble.Overloaded, "Overloaded");
            return true;
        }

        if (fault is not { Kind: FaultKind.Status }) return false;
        RetryHeader.Tell(_response.Headers, fault, time.GetUtcNow());
        await RefuseAsync(fault.Status, fault.Status switch
        {
            429 => Trouble.RateLimit,
            401 or 403 => Trouble.WrongKey,
            404 => Trouble.UnknownModel,
            503 or 529 => Trouble.Overloaded,
            >= 500 => Trouble.Server,
            _ => Trouble.BadRequest,
        }, $"Scripted status {fault.Status}.");
        return true;
    }

    private async Task<bool> LimitAsync(Verdict verdict)
    {
        var limits = session.Script.Limits!;
        if (limits.Headers) dialect.Tell(verdict.Levels, time.GetUtcNow(), _response.Headers);
        if (verdict.Over is not { } over) return false;
        RetryHeader.Tell(_response.Headers, limits.RetryAs, verdict.Wait, time.GetUtcNow());
        await RefuseAsync(429, Trouble.RateLimit, $"Rate limit reached on {over}.");
        return true;
    }

    /// <param name="ask">What is asked.</param>
    /// <param name="reply">What is answered.</param>
    /// <param name="fault">What goes wrong with it.</param>
    /// <param name="pace">How fast.</param>
    /// <param name="leave">
    /// The call is over, said before its last bytes go out: who has read them may begin the next one at once.
    /// </param>
    private async Task SendAsync(Ask ask, Reply reply, Fault? fault, Pace pace, Action leave)
    {
        pace.First();
        if (ask.Stream)
        {
            await pace.WaitAsync(wire.Cancel);
            await new EventStream(_response, wire, pace, fault)
                .SendAsync(dialect.Stream(ask, reply),
                    () => dialect.ErrorFrame(ask, reply), dialect.UnknownFrame, leave);
            return;
        }

        pace.Tokens(reply.Counts.Output);
        await pace.WaitAsync(wire.Cancel);
        leave();
        await Whole.SendAsync(_response, wire, Bytes(dialect.Whole(ask, reply)), "application/json", fault);
    }

    private async Task RefuseAsync(int status, Trouble trouble, string message)
    {
        _response.StatusCode = status;
        await Whole.SendAsync(_response, wire, Bytes(dialect.Error(trouble, message)), "application/json", null);
    }

    private static byte[] Bytes(JsonObject json) => JsonSerializer.SerializeToUtf8Bytes(json);
}
