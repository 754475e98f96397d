namespace Amoeba.Processes;

/// <summary>The side of a channel that a program was started with. One thread reads; any may write.</summary>
/// <param name="input">The descriptor that is read.</param>
/// <param name="output">The one that is written, which may be the same.</param>
internal sealed unsafe class InheritedChannel(int input, int output)
{
    private readonly Lock _gate = new();

    /// <summary>Waits for bytes; 0 is the end.</summary>
    public int Read(Span<byte> into)
    {
        fixed (byte* start = into)
        {
            while (true)
            {
                var count = Libc.Read(input, start, (nuint)into.Length);
                if (count >= 0) return (int)count;
                if (Libc.LastError != Libc.EIntr) return 0;
            }
        }
    }

    /// <summary>Waits until all is written. False: nobody reads any more.</summary>
    public bool Write(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            fixed (byte* start = bytes)
            {
                for (var done = 0; done < bytes.Length;)
                {
                    var count = Libc.Write(output, start + done, (nuint)(bytes.Length - done));
                    if (count >= 0) done += (int)count;
                    else if (Libc.LastError != Libc.EIntr) return false;
                }
            }
        }

        return true;
    }

    /// <summary>It passes on to no program that this one starts.</summary>
    public void Keep()
    {
        Libc.CloseOnExecute(input);
        Libc.CloseOnExecute(output);
    }

    /// <summary>
    /// The runtime takes signals that tell of a crash for faults of its own code, and goes on after one that somebody
    /// sent. From here on they end this process, and so does an access to null in code, which was an exception before.
    /// </summary>
    public static void CrashOnSignals()
    {
        foreach (var signal in (ReadOnlySpan<int>)[Libc.SigSegv, Libc.SigBus, Libc.SigIll, Libc.SigFpe, Libc.SigAbrt])
            Libc.TakeDefault(signal);
    }

    /// <summary>Nobody of the same user gets at the files and the memory of this process any more.</summary>
    public static void Seclude()
    {
        const int DumpableOption = 4;
        _ = Libc.Prctl(DumpableOption, 0, 0, 0, 0);
    }

    /// <summary>Ends this process at once, with nothing run on the way out.</summary>
    public static void Exit(int code) => Libc.ExitNow(code);
}
