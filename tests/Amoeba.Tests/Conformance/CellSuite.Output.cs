using System.Globalization;
using System.Text;
using Amoeba.Engine.Ports;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Conformance;

public abstract partial class CellSuite
{
    private const int Lines = 1_000_000;
    private const int Bytes = 9_000_001;
    private const int Block = 4 << 10;
    private const int Blocks = 2000;

    /// <summary>What a pipe holds, and what is read of one at a time.</summary>
    private protected const int Pipe = 64 << 10, Read = 64 << 10;

    /// <summary>
    /// The most that a program has written and its parent has not kept: in a pipe, and in the hands of who reads that.
    /// </summary>
    private protected virtual int MostUnderWay => Pipe + Read;

    [Fact(Timeout = 120_000)]
    public async Task A_million_lines_come_whole_and_in_order()
    {
        var result = await _rig.RunAsync(_rig.Sh($"seq 1 {Lines}"));
        Assert.Equal((AttemptEnd.Succeeded, null), (result.End, result.Error));
        var all = new StringBuilder();
        for (var line = 1; line <= Lines; line++) all.Append(CultureInfo.InvariantCulture, $"{line}\n");
        // Not Assert.Equal: it would show seven million characters.
        Assert.True(all.ToString() == CellRig.Text(result),
            $"{result.Output.Length} bytes of {all.Length} came, or others");
    }

    [Fact(Timeout = 120_000)]
    public async Task Output_without_a_line_comes_whole()
    {
        var result = await _rig.RunAsync(_rig.Sh($"head -c {Bytes} /dev/zero | tr '\\0' x"));
        Assert.Equal((AttemptEnd.Succeeded, null), (result.End, result.Error));
        Assert.Equal(Bytes, result.Output.Length);
        Assert.Equal(-1, result.Output.Inline.Span.IndexOfAnyExcept((byte)'x'));
    }

    [Fact(Timeout = 120_000)]
    public async Task Who_keeps_output_slowly_slows_who_writes_it_and_nothing_piles_up_in_between()
    {
        // A byte in it for each block that a pipe took, whichever machine the program sees.
        var written = new FileInfo(Path.Combine(_rig.Folder, "written"));
        var (ahead, most, longest) = (false, 0L, 0);
        _rig.Outputs.Writing = (kept, count) =>
        {
            longest = Math.Max(longest, count);
            if (ahead)
            {
                most = Math.Max(most, Written() - kept);
                return;
            }

            ahead = SpinWait.SpinUntil(() => Written() >= Pipe / 2, Programs.Patience);
            // For as long it goes as far as it can, which without a bound is to the end of all that it has to write.
            SpinWait.SpinUntil(() => Written() > MostUnderWay, TimeSpan.FromSeconds(0.5));
            most = Written();
        };
        var result = await _rig.RunAsync(_rig.Sh(
            $"b=$(head -c {Block} /dev/zero | tr '\\0' x); i=0; while [ $i -lt {Blocks} ]; do printf %s \"$b\"; "
                + "printf x >> written; i=$((i+1)); done"));

        Assert.Equal((AttemptEnd.Succeeded, null, Block * Blocks), (result.End, result.Error, result.Output.Length));
        Assert.True(ahead);
        Assert.InRange(most, Pipe / 2, MostUnderWay);
        Assert.InRange(longest, 1, Read);

        long Written()
        {
            written.Refresh();
            return written.Exists ? written.Length * Block : 0;
        }
    }
}
