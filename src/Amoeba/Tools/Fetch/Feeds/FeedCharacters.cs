using System.Net;

namespace Amoeba.Tools.Fetch.Feeds;

/// <summary>
/// A feed's text on its way to the XML reader. HTML's entities (`&amp;nbsp;`) become their characters, because XML
/// knows none of them; characters that XML may not hold become blanks. Lines stay where they are.
/// </summary>
internal sealed class FeedCharacters(TextReader inner) : TextReader
{
    private const int LongestEntity = 12;

    private readonly char[] _in = new char[4096];
    private string _decoded = "";
    private int _decodedAt;
    private int _at;
    private int _end;
    private bool _over;

    public override async ValueTask<int> ReadAsync(Memory<char> buffer, CancellationToken cancellationToken = default)
    {
        var made = 0;
        while (made < buffer.Length)
        {
            if (_decodedAt < _decoded.Length)
            {
                buffer.Span[made++] = _decoded[_decodedAt++];
                continue;
            }

            var isShort = _at == _end || (_in[_at] == '&' && _end - _at < LongestEntity);
            if (isShort && !_over)
            {
                if (made > 0) break;
                await FillAsync();
                continue;
            }

            if (_at == _end) break;
            var c = _in[_at++];
            if (c != '&' || !TakeEntity()) buffer.Span[made++] = IsAllowed(c) ? c : ' ';
        }

        return made;
    }

    public override Task<int> ReadAsync(char[] buffer, int index, int count) =>
        ReadAsync(buffer.AsMemory(index, count)).AsTask();

    public override int Read(char[] buffer, int index, int count) => throw new NotSupportedException();

    public override int Read() => throw new NotSupportedException();

    public override int Peek() => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    private async Task FillAsync()
    {
        _in.AsSpan(_at, _end - _at).CopyTo(_in);
        (_at, _end) = (0, _end - _at);
        var count = await inner.ReadAsync(_in.AsMemory(_end));
        _over = count == 0;
        _end += count;
    }

    /// <summary>What follows an ampersand is a name that only HTML knows: it is taken, and decoded.</summary>
    private bool TakeEntity()
    {
        var rest = _in.AsSpan(_at, Math.Min(_end - _at, LongestEntity));
        var length = rest.IndexOf(';');
        if (length < 2 || !char.IsAsciiLetter(rest[0])) return false;
        var name = rest[..length];
        if (name.ContainsAnyExcept(Letters) || name is "amp" or "lt" or "gt" or "quot" or "apos") return false;
        var text = $"&{name};";
        var decoded = WebUtility.HtmlDecode(text);
        if (decoded == text || decoded.AsSpan().ContainsAny('<', '&')) return false;
        (_decoded, _decodedAt) = (decoded, 0);
        _at += length + 1;
        return true;
    }

    private static readonly System.Buffers.SearchValues<char> Letters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

    private static bool IsAllowed(char c) => c is >= ' ' and < '\uFFFE' or '\t' or '\n' or '\r';
}
