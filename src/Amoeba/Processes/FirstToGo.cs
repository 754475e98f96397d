using System.Text;

namespace Amoeba.Processes;

/// <summary>
/// Whom the kernel ends first where memory is short. Said of a program once it runs, it may come too late: what it
/// started until then would be as dear to the kernel as this process. So this process takes it on for the moment in
/// which the program is born, and gives it back.
/// </summary>
internal static unsafe class FirstToGo
{
    private const string Most = "1000";
    private const int LongestNumber = 16;

    private static int _file = -1;
    private static byte[] _own = [];

    /// <summary>
    /// Opens what says it of this process; to be done before <see cref="InheritedChannel.Seclude"/>, after which it is
    /// root's.
    /// </summary>
    public static void Open()
    {
        _file = Libc.Open("/proc/self/oom_score_adj", Libc.OReadWrite | Libc.OCloseOnExec, 0);
        if (_file < 0) return;
        var own = stackalloc byte[LongestNumber];
        _own = new ReadOnlySpan<byte>(own, (int)Math.Max(0, Libc.Read(_file, own, LongestNumber))).ToArray();
        // Once before it matters: what is called for the first time takes longest.
        if (Begin()) End();
    }

    /// <summary>What is started from now on is among them; false where that cannot be said.</summary>
    public static bool Begin() => _own.Length > 0 && Say(Encoding.ASCII.GetBytes(Most));

    /// <summary>This process is again what it was.</summary>
    public static void End() => Say(_own);

    /// <summary>Says it of another process, and of all that it starts from then on.</summary>
    public static void Offer(int pid)
    {
        try
        {
            File.WriteAllText(FormattableString.Invariant($"/proc/{pid}/oom_score_adj"), Most);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // It has ended by now.
        }
    }

    private static bool Say(ReadOnlySpan<byte> number)
    {
        fixed (byte* start = number) return Libc.Write(_file, start, (nuint)number.Length) == number.Length;
    }
}
