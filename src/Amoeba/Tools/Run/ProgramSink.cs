using System.Text;
using Amoeba.Engine.Ports;
using Amoeba.Processes;

namespace Amoeba.Tools.Run;

/// <summary>
/// What a program writes: its output goes on at once, and a pipe that is full holds the program back; of its errors
/// the last 4 KiB are kept.
/// </summary>
internal sealed class ProgramSink(ToolRun run) : IProgramOutput
{
    private const int Kept = 4096;

    private byte[]? _tail;
    private int _length;
    private bool _cut;

    public bool OnOutput(ProgramStream stream, ReadOnlySpan<byte> bytes)
    {
        if (stream == ProgramStream.Stdout) return run.Output.Write(bytes);
        if (!bytes.IsEmpty) run.Watch.Progress(bytes.Length);
        Keep(bytes);
        return true;
    }

    public void OnExit(ProgramExit exit)
    {
    }

    /// <summary>
    /// The end of what it wrote as errors, trimmed, and whether there was more before it; empty where it wrote none.
    /// </summary>
    public (string Text, bool IsCut) ErrorTail()
    {
        if (_tail is null) return ("", false);
        var text = _tail.AsSpan(0, _length);
        // The cut may have gone through a character; its rest is no character.
        while (_cut && !text.IsEmpty && (text[0] & 0xC0) == 0x80) text = text[1..];
        return (Encoding.UTF8.GetString(text).Trim(), _cut);
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        _tail ??= new byte[Kept];
        if (bytes.Length > Kept)
        {
            bytes = bytes[^Kept..];
            _cut = true;
        }

        var room = Kept - _length;
        if (bytes.Length > room)
        {
            var drop = bytes.Length - room;
            _tail.AsSpan(drop, _length - drop).CopyTo(_tail);
            _length -= drop;
            _cut = true;
        }

        bytes.CopyTo(_tail.AsSpan(_length));
        _length += bytes.Length;
    }
}
