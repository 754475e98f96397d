using System.Globalization;
using System.Text;
using Amoeba.StandIn.Serving;
using Microsoft.AspNetCore.Http;

namespace Amoeba.StandIn.Web;

/// <summary>Plain web things: what is asked for is in the path, how it behaves is in the query.</summary>
internal sealed class Page(HttpContext http, Session session, Wire wire, TimeProvider time)
{
    private readonly HttpRequest _request = http.Request;
    private readonly HttpResponse _response = http.Response;

    public async Task AnswerAsync()
    {
        var path = _request.Path.Value!;
        var whole = path + _request.QueryString.Value;
        var fault = session.Faults.Choose(whole, null, session.ChanceFor(whole, []), session.Now);
        if (await Breaking.BeforeAsync(fault, http, wire)) return;
        if (Number("latency") is { } latency) await Task.Delay(TimeSpan.FromSeconds(latency), time, wire.Cancel);
        if (fault is { Kind: FaultKind.Status })
        {
            RetryHeader.Tell(_response.Headers, fault, time.GetUtcNow());
            await RefuseAsync(fault.Status);
            return;
        }

        var steps = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var name = steps.ElementAtOrDefault(1) ?? "";
        var size = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var said) ? said : 1000;
        await AnswerAsync(steps.FirstOrDefault() ?? "", name, size, fault);
    }

    private async Task AnswerAsync(string kind, string name, int size, Fault? fault)
    {
        var versioned = new Versioned(http, session);
        switch (kind)
        {
            case "": await SendAsync("ok\n"u8.ToArray(), "text/plain; charset=utf-8", fault); break;
            case "page":
                await versioned.SendAsync(() => Texts.Html(size), "text/html; charset=utf-8", Send(fault)); break;
            case "text":
                await versioned.SendAsync(() => Texts.Plain(size), "text/plain; charset=utf-8", Send(fault)); break;
            case "feed":
                var what = _request.Query["kind"].FirstOrDefault() ?? "rss";
                var feed = new Feed(name, what, Whole("entries") ?? 3, $"{_request.Scheme}://{_request.Host}");
                await versioned.SendAsync(feed.Bytes, feed.Type, Send(fault));
                break;
            case "redirect": await RedirectAsync(name, size); break;
            case "status": await StatusAsync(size); break;
            default: await new OddPage(http, wire, time).AnswerAsync(kind, name, size, () => RefuseAsync(404)); break;
        }
    }

    /// <summary>A chain of so many hops to a page, a loop, or to an address in the query.</summary>
    private async Task RedirectAsync(string name, int hops)
    {
        _response.StatusCode = Whole("status") ?? 302;
        _response.Headers.Location = name switch
        {
            "loop" => "/redirect/loop",
            "to" => _request.Query["url"].ToString(),
            _ when hops > 1 => $"/redirect/{hops - 1}{_request.QueryString.Value}",
            _ => "/page/100",
        };
        await SendAsync([], "text/plain", null);
    }

    /// <summary>That status, for the first so many requests or for all; then a page.</summary>
    private async Task StatusAsync(int status)
    {
        var times = session.CountOf(_request.Path + _request.QueryString.Value);
        if (Whole("first") is { } first && times > first)
        {
            await SendAsync(Texts.Html(100), "text/html; charset=utf-8", null);
            return;
        }

        if (Number("retry_after") is { } wait)
        {
            var way = Enum.TryParse<RetryAs>(_request.Query["retry_as"], ignoreCase: true, out var said)
                ? said
                : RetryAs.Seconds;
            RetryHeader.Tell(_response.Headers, way, TimeSpan.FromSeconds(wait), time.GetUtcNow());
        }

        await RefuseAsync(status);
    }

    private Func<byte[], string, Task> Send(Fault? fault) => (body, type) => SendAsync(body, type, fault);

    private async Task SendAsync(byte[] body, string type, Fault? fault)
    {
        body = Packing.Pack(_request, _response, body);
        if (HttpMethods.IsHead(_request.Method))
        {
            (_response.ContentType, _response.ContentLength) = (type, body.Length);
            return;
        }

        if (_request.Query.ContainsKey("nolength"))
        {
            _response.ContentType = type;
            wire.Write(body);
            await wire.FlushAsync();
            return;
        }

        await Serving.Whole.SendAsync(_response, wire, body, type, fault);
    }

    private async Task RefuseAsync(int status)
    {
        _response.StatusCode = status;
        var bodiless = status is 204 or 304;
        if (!bodiless) await SendAsync(Encoding.UTF8.GetBytes($"status {status}\n"), "text/plain; charset=utf-8", null);
    }

    private double? Number(string name) =>
        double.TryParse(_request.Query[name], CultureInfo.InvariantCulture, out var value) ? value : null;

    private int? Whole(string name) =>
        int.TryParse(_request.Query[name], NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;
}
