using System.Text;
using Amoeba.Engine.Ports;
using Amoeba.Processes;
using Amoeba.Tests.Fakes;
using Amoeba.Tools.Run;
using FsCheck;
using FsCheck.Fluent;

namespace Amoeba.Tests.Tools;

public sealed class ProgramSinkTests
{
    private const int Kept = 4096;

    [Fact]
    public void The_last_of_what_was_complained_is_kept_however_it_was_cut() =>
        Prop.ForAll(Gen.Choose(1, 6000).ListOf().ToArbitrary(), sizes =>
        {
            var all = new StringBuilder();
            var sink = Sink();
            foreach (var size in sizes)
            {
                var piece = new string((char)('a' + (all.Length % 26)), size);
                all.Append(piece);
                Assert.True(sink.OnOutput(ProgramStream.Stderr, Encoding.UTF8.GetBytes(piece)));
            }

            var isCut = all.Length > Kept;
            return sink.ErrorTail() == (isCut ? all.ToString()[^Kept..] : all.ToString(), isCut);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_character_that_the_cut_went_through_is_left_out()
    {
        var sink = Sink();
        sink.OnOutput(ProgramStream.Stderr, Encoding.UTF8.GetBytes("漢" + new string('x', Kept - 1)));

        Assert.Equal((new string('x', Kept - 1), true), sink.ErrorTail());
    }

    private static ProgramSink Sink()
    {
        var order = new AttemptOrder("job", 0, 1, 1, "c");
        var work = new WorkBinder(new Call("run")).Bind(order);
        var output = new InlineOutputs().Open("job", 0, 1, 0);
        return new ProgramSink(new ToolRun { Tool = work.Chain[0], Work = work, Output = output });
    }
}
