using System.Buffers;

namespace Amoeba.Secrets;

/// <summary>
/// Masks one stream of bytes as it comes, also what is cut between two writes. Not for two threads at once.
/// </summary>
internal sealed class MaskingStream(SecretMasker masker)
{
    private byte[] _held = [];
    private int _heldLength;

    /// <summary>
    /// Hands on what is certain. What may be the beginning of a secret stays here until the next write or
    /// <see cref="Flush"/>. With no secrets the bytes pass straight through.
    /// </summary>
    public void Write(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        if (masker.IsEmpty) output.Write(bytes);
        else if (_heldLength == 0) Mask(bytes, isEnd: false, output);
        else MaskWithHeld(bytes, isEnd: false, output);
    }

    /// <summary>The stream ends: hands on the rest.</summary>
    public void Flush(IBufferWriter<byte> output)
    {
        if (_heldLength > 0) MaskWithHeld([], isEnd: true, output);
    }

    private void MaskWithHeld(ReadOnlySpan<byte> bytes, bool isEnd, IBufferWriter<byte> output)
    {
        var joined = ArrayPool<byte>.Shared.Rent(_heldLength + bytes.Length);
        _held.AsSpan(0, _heldLength).CopyTo(joined);
        bytes.CopyTo(joined.AsSpan(_heldLength));
        var length = _heldLength + bytes.Length;
        _heldLength = 0;
        Mask(joined.AsSpan(0, length), isEnd, output);
        // It held the beginning of a secret.
        ArrayPool<byte>.Shared.Return(joined, clearArray: true);
    }

    private void Mask(ReadOnlySpan<byte> text, bool isEnd, IBufferWriter<byte> output)
    {
        while (!text.IsEmpty)
        {
            var length = masker.Find(text, isEnd, out var at);
            output.Write(text[..at]);
            text = text[at..];
            if (length > 0)
            {
                output.Write(SecretMasker.Mask);
                text = text[length..];
            }
            else if (!text.IsEmpty)
            {
                Hold(text);
                return;
            }
        }
    }

    private void Hold(ReadOnlySpan<byte> text)
    {
        if (_held.Length < text.Length) _held = new byte[Math.Max(text.Length, _held.Length * 2)];
        text.CopyTo(_held);
        _heldLength = text.Length;
    }
}
