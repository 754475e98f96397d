using System.Globalization;
using System.Text;
using Amoeba.Engine.Ports;

namespace Amoeba.Tests.Conformance;

public abstract partial class CellSuite
{
    private const int Lines = 1_000_000;
    private const int Bytes = 9_000_001;

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
}
