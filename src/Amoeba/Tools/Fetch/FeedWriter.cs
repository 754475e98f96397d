using System.Buffers;
using System.Text.Json;
using Amoeba.Engine.Ports;
using Amoeba.Plans;
using Amoeba.Tools.Fetch.Feeds;

namespace Amoeba.Tools.Fetch;

/// <summary>Writes entries as a JSON array, one a line, as they come.</summary>
internal sealed class FeedWriter(IOutputWriter output) : IDisposable
{
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _writer = new(Stream.Null, CanonicalJson.Options);
    private bool _begun;

    /// <summary>Writes the entries of one feed; the array goes on with the next.</summary>
    /// <returns>False where the output's limit was reached.</returns>
    /// <exception cref="FetchException">It is no feed, or broken.</exception>
    public async ValueTask<bool> WriteAsync(FetchedBody body, CancellationToken cancel)
    {
        try
        {
            var entries = await FeedReader.OpenAsync(body, body.Url, body.ContentType, cancel);
            await foreach (var entry in entries)
            {
                if (!Write(entry)) return false;
            }

            return true;
        }
        catch (FeedException problem)
        {
            var message = $"feed: {FetchErrors.Shown(body.Url)}: {problem.Message}";
            throw problem.IsFeed ? FetchException.Failed(message) : FetchException.Hopeless(message);
        }
    }

    public bool Finish() => output.Write(_begun ? "]\n"u8 : "[]\n"u8);

    public void Dispose() => _writer.Dispose();

    private bool Write(FeedEntry entry)
    {
        _buffer.ResetWrittenCount();
        _buffer.Write(_begun ? ",\n"u8 : "["u8);
        _begun = true;
        _writer.Reset(_buffer);
        entry.Write(_writer);
        _writer.Flush();
        return output.Write(_buffer.WrittenSpan);
    }
}
