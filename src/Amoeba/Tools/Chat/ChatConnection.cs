using System.Net;
using System.Text;
using Amoeba.Engine.Ports;
using Amoeba.Models;

namespace Amoeba.Tools.Chat;

/// <summary>One call on its way: sends it, and gives the body that comes back, or says what went wrong.</summary>
internal sealed class ChatConnection(ChatHttp http, ModelSpec model, ModelKeys keys, ChatPace pace, TimeProvider time)
{
    private const int MostOfError = 16 * 1024;

    public ModelSpec Model => model;

    public ChatPace Pace => pace;

    /// <summary>What the last answer's headers said of limits.</summary>
    public QuotaNews News { get; private set; } = QuotaNews.None;

    /// <summary>The server took the call: from here on it costs.</summary>
    public bool IsAccepted { get; private set; }

    /// <summary>The clock of one call; started anew by every byte.</summary>
    public IdleClock Clock(CancellationToken cancel) => new(pace.Stall, time, cancel);

    /// <summary>Sends, and returns what a success is.</summary>
    /// <param name="path">Behind the server's address.</param>
    /// <param name="body">JSON.</param>
    /// <param name="keyHeader">The name of the key's header, with what stands before the key.</param>
    /// <param name="idle">Ends it.</param>
    public async Task<HttpResponseMessage> PostAsync(
        string path, ReadOnlyMemory<byte> body, (string Name, string Before) keyHeader, IdleClock idle)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address(path))
        {
            Content = new SentBody(body, idle),
            Version = model.Entry.Url!.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        Sign(request, model.Entry, keys, keyHeader);
        var response = await SendAsync(request, idle);
        News = RateHeaders.Read(response.Headers, time.GetUtcNow());
        if (IsAccepted = response.IsSuccessStatusCode) return response;
        using (response)
        {
            var said = await BodyAsync(response, MostOfError, idle, cut: true);
            throw ChatErrors.Of(response.StatusCode, Encoding.UTF8.GetString(said.Span), News, model);
        }
    }

    /// <summary>The whole body.</summary>
    /// <exception cref="ChatFailureException">
    /// It is longer than allowed, and is not to be cut; or it broke off.
    /// </exception>
    public async Task<ReadOnlyMemory<byte>> BodyAsync(
        HttpResponseMessage response, long most, IdleClock idle, bool cut = false)
    {
        var buffer = new MemoryStream();
        var block = new byte[4096];
        await GuardAsync(idle, async () =>
        {
            await using var stream = await response.Content.ReadAsStreamAsync(idle.Token);
            while (true)
            {
                idle.Touch();
                var read = await stream.ReadAsync(block, idle.Token);
                if (read == 0 || (cut && buffer.Length >= most)) return 0;
                buffer.Write(block, 0, read);
                if (!cut && buffer.Length > most) throw ChatErrors.Broken(model, $"sent more than {most >> 20} MB");
            }
        });
        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }

    /// <summary>Reads, with every way in which that can go wrong put into words.</summary>
    public async ValueTask<T> GuardAsync<T>(IdleClock idle, Func<ValueTask<T>> read)
    {
        try
        {
            return await read();
        }
        catch (OperationCanceledException) when (idle.IsStalled)
        {
            throw ChatErrors.Stalled(model, idle.Stall);
        }
        catch (HttpRequestException problem)
        {
            throw ChatErrors.Of(problem, model, answered: true);
        }
        catch (IOException problem)
        {
            throw ChatErrors.Broken(model, "ended the connection in its midst", problem);
        }
        catch (InvalidDataException problem)
        {
            throw ChatErrors.Broken(model, $"sent what cannot be read: {problem.Message}", problem);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, IdleClock idle)
    {
        try
        {
            idle.Touch();
            return await http.SendAsync(request, idle.Token);
        }
        catch (OperationCanceledException) when (idle.IsStalled)
        {
            throw ChatErrors.Stalled(model, idle.Stall);
        }
        catch (OperationCanceledException) when (!idle.Token.IsCancellationRequested)
        {
            throw ChatErrors.ConnectTimeout(model, ChatHttp.ConnectTimeout);
        }
        catch (HttpRequestException problem)
        {
            throw ChatErrors.Of(problem, model, answered: false);
        }
    }

    private Uri Address(string path) => new(model.Entry.Url!.AbsoluteUri.TrimEnd('/') + path);

    /// <summary>Puts on what a server wants to know of the caller.</summary>
    /// <exception cref="ChatFailureException">A key is not where it should be.</exception>
    public static void Sign(
        HttpRequestMessage request, ModelEntry entry, ModelKeys keys, (string Name, string Before) keyHeader)
    {
        var headers = request.Headers;
        if (entry.Kind == ModelKind.Anthropic)
            headers.TryAddWithoutValidation("anthropic-version", AnthropicRequest.Version);
        if (entry.Key is { } key)
            headers.TryAddWithoutValidation(keyHeader.Name, keyHeader.Before + Read(key, "key"));
        foreach (var (name, value) in entry.Headers)
            headers.TryAddWithoutValidation(name, Read(value, $"headers.{name}"));

        string Read(KeyReference reference, string name) => keys.Find(reference, out var why)
            ?? throw ChatFailureException.Before(
                ChatFailure.Hopeless, $"no key for {entry.Name}: {why} (models.{entry.Name}.{name})");
    }
}
