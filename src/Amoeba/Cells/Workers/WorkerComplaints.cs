using System.Text;
using Amoeba.Processes;

namespace Amoeba.Cells.Workers;

/// <summary>What a worker writes outside of its channel: the last of it says why it could not begin.</summary>
internal sealed class WorkerComplaints : IProgramOutput
{
    private const int Kept = 2048;

    private readonly StringBuilder _text = new();

    public bool OnOutput(ProgramStream stream, ReadOnlySpan<byte> bytes)
    {
        _text.Append(Encoding.UTF8.GetString(bytes.Length > Kept ? bytes[^Kept..] : bytes));
        if (_text.Length > Kept) _text.Remove(0, _text.Length - Kept);
        return true;
    }

    public void OnExit(ProgramExit exit)
    {
    }

    /// <summary>Read after its end.</summary>
    public string Text => _text.ToString().Trim();
}
