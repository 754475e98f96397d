using System.Text;
using Amoeba.Plans;
using FsCheck;
using FsCheck.Fluent;

namespace Amoeba.Tests.Plans;

/// <summary>How results are put into the calls of a merge by a model, and what that is expected to take.</summary>
public sealed class ReduceTests
{
    [Fact]
    public void Groups_hold_as_many_as_fit_in_order()
    {
        Assert.Equal([2, 1, 2], ReducePacking.Pack([50, 50, 60, 41, 59], 100));
        Assert.Equal([1, 1], ReducePacking.Pack([100, 100], 100));
        Assert.Empty(ReducePacking.Pack([], 100));
    }

    [Fact]
    public void Every_result_is_in_one_group_and_no_two_groups_would_fit_into_one_call() =>
        Prop.ForAll(ArbMap.Default.ArbFor<PositiveInt[]>(), given =>
        {
            var sizes = given.Select(size => (size.Get % 100) + 1L).ToArray();
            var groups = ReducePacking.Pack(sizes, 100);
            var (at, sums) = (0, new List<long>());
            foreach (var count in groups)
            {
                sums.Add(sizes.Skip(at).Take(count).Sum());
                at += count;
            }

            var next = groups.Select((_, i) => sizes.ElementAtOrDefault(groups.Take(i + 1).Sum())).ToList();
            return at == sizes.Length && sums.TrueForAll(sum => sum <= 100)
                && Enumerable.Range(0, Math.Max(0, sums.Count - 1)).All(i => sums[i] + next[i] > 100);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_cut_loses_nothing_keeps_characters_whole_and_stays_within_the_most() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string[]>(), ArbMap.Default.ArbFor<PositiveInt>(), (words, most) =>
        {
            var clean = string.Concat((words ?? []).Select(word => (word ?? "é\n") + "ж€😀 \n\n"))
                .Replace("\0", "", StringComparison.Ordinal);
            var text = Encoding.UTF8.GetBytes(clean);
            var limit = 8 + (most.Get % 40);
            var ends = ReducePacking.Cut(text, limit);
            var start = 0;
            foreach (var end in ends)
            {
                if (end - start > limit || (end == start && text.Length > 0)) return false;
                if (end < text.Length && (text[end] & 0xC0) == 0x80) return false;
                start = end;
            }

            return start == text.Length;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("aaaa aaaa aa\n\nbb\nbbbb cccc", 20, "aaaa aaaa aa\n\n")]
    [InlineData("aaaa aaaa aaaa\nbbbb cccc", 20, "aaaa aaaa aaaa\n")]
    [InlineData("aaaa aaaa aaaa bbbb cccc", 20, "aaaa aaaa aaaa bbbb ")]
    [InlineData("a\n\naaaaaaaaaaaaaaaaaaaaaaaa", 20, "a\n\naaaaaaaaaaaaaaaaa")]
    public void A_text_is_cut_at_the_best_border_of_its_second_half(string text, int most, string first) =>
        Assert.Equal(first, text[..ReducePacking.Cut(Encoding.UTF8.GetBytes(text), most)[0]]);

    [Fact]
    public void What_is_no_text_is_cut_all_the_same() =>
        Assert.Equal([8, 16, 20], ReducePacking.Cut(Enumerable.Repeat((byte)0x80, 20).ToArray(), 8));

    [Fact]
    public void What_is_told_before_is_what_is_done() =>
        Prop.ForAll(
            Gen.Choose(0, 3000).ToArbitrary(), Gen.Choose(1, 9000).ToArbitrary(), Gen.Choose(1000, 6000).ToArbitrary(),
            (results, bytes, context) =>
            {
                var shape = ReduceShape.Of(40, 100, context, null, null);
                return ReduceEstimate.Of(shape, results, bytes, 100) == Done(shape, results, bytes, 100);
            }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(10_000, 300, 34, 2)]
    [InlineData(100, 300, 1, 1)]
    [InlineData(0, 300, 0, 0)]
    [InlineData(1, 300_000, 4, 2)]
    public void The_usual_context_takes_few_calls(long results, long bytes, int calls, int levels)
    {
        var told = ReduceEstimate.Of(ReduceShape.Of(100, null, null, null, null), results, bytes);
        Assert.Equal((calls, levels), (told.Calls, told.Levels));
    }

    [Fact]
    public void A_call_is_no_larger_than_what_holds_it()
    {
        Assert.Equal(32_000, ReduceShape.Of(0, null, null, null, null).Context);
        Assert.Equal(8000, ReduceShape.Of(0, null, null, 8000, null).Context);
        Assert.Equal(50_000, ReduceShape.Of(0, null, 50_000, 8000, null).Context);
        Assert.Equal(5000, ReduceShape.Of(0, null, 50_000, 8000, 5000).Context);
        Assert.False(ReduceShape.Of(10_000, null, 1000, null, null).Fits);
    }

    /// <summary>Plays the merge with answers of the same length, by the packing itself.</summary>
    private static ReduceEstimate Done(ReduceShape shape, long results, long bytes, long answer)
    {
        if (results == 0 || !shape.Fits) return default;
        var (calls, levels, input, output) = (0L, 0, 0L, 0L);
        for (var before = long.MaxValue; ; (results, bytes) = (before, answer * 4))
        {
            var most = shape.Room - ReduceShape.Wrapping;
            var pieces = new List<long>();
            for (var i = 0L; i < results; i++)
            {
                for (var left = bytes; left > 0; left -= most) pieces.Add(Math.Min(left, most) + ReduceShape.Wrapping);
            }

            var groups = ReducePacking.Pack(pieces, shape.Room);
            (calls, levels, output) = (calls + groups.Count, levels + 1, output + (groups.Count * answer));
            input += (pieces.Sum() + (groups.Count * shape.Fixed) + 3) / 4;
            if (groups.Count == 1 || (levels > 1 && groups.Count >= before)) return new(calls, levels, input, output);
            before = groups.Count;
        }
    }
}
