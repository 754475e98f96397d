using System.Text;
using Amoeba.Processes;

namespace Amoeba.Cells.Workers;

/// <summary>
/// What a worker writes outside of its channel: the last of it says why it ended. Its programs can write there too, if
/// they want to, and that may be a secret.
/// </summary>
/// <param name="masked">Takes the secrets out of a text; told whether the text's beginning was cut off.</param>
internal sealed class WorkerComplaints(Func<string, bool, string> masked) : IProgramOutput
{
    private const int Kept = 2048;

    private readonly Lock _gate = new();
    private readonly List<byte> _bytes = [];
    private bool _isCut;

    public bool OnOutput(ProgramStream stream, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            _isCut |= _bytes.Count + bytes.Length > Kept;
            if (bytes.Length > Kept) bytes = bytes[^Kept..];
            _bytes.RemoveRange(0, Math.Max(0, _bytes.Count + bytes.Length - Kept));
            _bytes.AddRange(bytes);
        }

        return true;
    }

    public void OnExit(ProgramExit exit)
    {
    }

    /// <summary>Another attempt begins: what was written before is no reason for an end from then on.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _isCut |= _bytes.Count > 0;
            _bytes.Clear();
        }
    }

    /// <summary>Read after its end.</summary>
    public string Text
    {
        get
        {
            lock (_gate)
            {
                // A character that was cut in two is no character, and would hide that a secret's rest follows it.
                var from = _isCut ? _bytes.FindIndex(one => (one & 0xC0) != 0x80) : 0;
                return from < 0 ? "" : masked(Encoding.UTF8.GetString([.. _bytes[from..]]), _isCut).Trim();
            }
        }
    }
}
