using System.Globalization;
using System.Text;
using Amoeba.StandIn.Serving;
using Microsoft.AspNetCore.Http;

namespace Amoeba.StandIn.Web;

/// <summary>Answers that a careful client has to bound or repair.</summary>
internal sealed class OddPage(HttpContext http, Wire wire, TimeProvider time)
{
    private const int Mebibyte = 1 << 20;

    private readonly HttpResponse _response = http.Response;

    public async Task AnswerAsync(string kind, string name, int size, Func<Task> unknown)
    {
        switch (kind)
        {
            case "endless": await EndlessAsync(); break;
            case "slow": await SlowAsync(Texts.Plain(size)); break;
            case "bomb": await BombAsync(size); break;
            case "charset": await CharsetAsync(name); break;
            case "hang": await wire.HangAsync(); break;
            case "cut":
                _response.ContentLength = size;
                wire.Write(Texts.Plain(size / 2));
                await wire.FlushAsync();
                await wire.CutAsync();
                break;
            case "reset":
                _response.ContentLength = size;
                wire.Write(Texts.Plain(size / 2));
                await wire.FlushAsync();
                wire.Reset();
                break;
            case "json":
                var json = Encoding.UTF8.GetBytes($"{{\"name\": \"{size}\", \"list\": [1, 2, 3]}}\n");
                await Whole.SendAsync(_response, wire, json, "application/json", null);
                break;
            case "headers":
                _response.Headers["x-long"] = new string('x', size);
                await Whole.SendAsync(_response, wire, "long headers\n"u8.ToArray(), "text/plain", null);
                break;
            default: await unknown(); break;
        }
    }

    /// <summary>Goes on until the client has had enough.</summary>
    private async Task EndlessAsync()
    {
        _response.ContentType = "text/plain; charset=utf-8";
        var block = Texts.Plain(16 * 1024);
        while (true)
        {
            wire.Write(block);
            await wire.FlushAsync();
        }
    }

    /// <summary>`?block=N` bytes, then `?pause=S` seconds, and again.</summary>
    private async Task SlowAsync(byte[] body)
    {
        var block = (int)Number("block", 1);
        var pause = TimeSpan.FromSeconds(Number("pause", 0.05));
        _response.ContentType = "text/plain; charset=utf-8";
        _response.ContentLength = body.Length;
        for (var at = 0; at < body.Length; at += block)
        {
            wire.Write(body.AsSpan(at, Math.Min(block, body.Length - at)));
            await wire.FlushAsync();
            await Task.Delay(pause, time, wire.Cancel);
        }
    }

    /// <summary>So many MiB of zeros in a few KiB.</summary>
    private async Task BombAsync(int mebibytes)
    {
        var encoding = http.Request.Query["encoding"].FirstOrDefault() ?? "gzip";
        _response.ContentType = "text/plain";
        _response.Headers.ContentEncoding = encoding;
        var zeros = new byte[Mebibyte];
        using var packed = new MemoryStream();
        using (var packer = Packing.Packer(encoding, packed))
        {
            for (var i = 0; i < mebibytes; i++) packer.Write(zeros);
        }

        wire.Write(packed.ToArray());
        await wire.FlushAsync();
    }

    /// <summary>The words "Größe café" in various letters, told rightly or not.</summary>
    private async Task CharsetAsync(string name)
    {
        const string Words = "<!doctype html>\n<title>Größe café</title>\n<p>Größe café</p>\n";
        var (type, body) = name switch
        {
            "latin1" => ("text/html; charset=iso-8859-1", Encoding.Latin1.GetBytes(Words)),
            "utf16" => ("text/html; charset=utf-16le", Encoding.Unicode.GetBytes(Words)),
            "none" => ("text/html", Encoding.UTF8.GetBytes(Words)),
            "meta" => ("text/html", Encoding.Latin1.GetBytes("<meta charset=\"iso-8859-1\">\n" + Words)),
            "unknown" => ("text/html; charset=no-such", Encoding.UTF8.GetBytes(Words)),
            _ => ("text/html; charset=utf-8", Encoding.Latin1.GetBytes(Words)),
        };
        await Whole.SendAsync(_response, wire, body, type, null);
    }

    private double Number(string name, double usual) =>
        double.TryParse(http.Request.Query[name], CultureInfo.InvariantCulture, out var value) ? value : usual;
}
