using System.Buffers;
using System.Text;
using System.Text.Json;
using Amoeba.Secrets;
using FsCheck;
using FsCheck.Fluent;

namespace Amoeba.Tests.Secrets;

public sealed class SecretMaskerTests
{
    private const string Secret = "p/ss w\"rd+\\é=7";
    private static readonly SecretMasker Masker = new([Secret, "second-secret", "second-secret-longer", "short"]);

    [Fact]
    public void A_secret_is_masked_in_clear_and_in_its_usual_encodings()
    {
        Assert.Equal("a *** b", Masker.Apply($"a {Secret} b"));
        Assert.Equal("a=***&b", Masker.Apply($"a={Uri.EscapeDataString(Secret)}&b"));
        Assert.Equal("{\"a\":\"***\"}", Masker.Apply($"{{\"a\":{JsonSerializer.Serialize(Secret)}}}"));
        Assert.Equal("***\n***", Masker.Apply("second-secret-longer\nsecond-secret"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("u")]
    [InlineData("us")]
    [InlineData("use")]
    public void A_secret_is_masked_in_base64_wherever_it_stands(string before)
    {
        var plain = Convert.ToBase64String(Encoding.UTF8.GetBytes(before + "second-secret" + "after"));
        var masked = Masker.Apply($"Authorization: Basic {plain}");
        Assert.Contains("***", masked, StringComparison.Ordinal);
        var rest = masked["Authorization: Basic ".Length..].Split("***");
        Assert.True(rest[0].Length <= before.Length * 2 + 1);
        Assert.True(rest[1].Length <= 10);
    }

    [Fact]
    public void Short_values_and_ordinary_text_stay_as_they_are()
    {
        const string Text = "short texts are not secrets, second thoughts neither";
        Assert.Same(Text, Masker.Apply(Text));
        Assert.Same(Text, SecretMasker.None.Apply(Text));
    }

    [Fact]
    public void What_may_begin_a_secret_is_held_until_the_end()
    {
        var output = new ArrayBufferWriter<byte>();
        var stream = new MaskingStream(Masker);
        stream.Write("hello second-sec"u8, output);
        Assert.Equal("hello ", Encoding.UTF8.GetString(output.WrittenSpan));
        stream.Flush(output);
        Assert.Equal("hello second-sec", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Where_a_stream_is_cut_changes_nothing()
    {
        // An alphabet in which secrets begin, nearly happen, overlap and happen often.
        var masker = new SecretMasker(["aabaab", "aabaabcc", "baabcc", "cccccc"]);
        var letters = Gen.Elements((byte)'a', (byte)'a', (byte)'b', (byte)'c').ArrayOf();
        var cuts = Gen.Choose(0, 9).ArrayOf();
        Prop.ForAll(letters.ToArbitrary(), cuts.ToArbitrary(), (text, lengths) =>
        {
            var whole = Mask(masker, [text]);
            var pieces = new List<byte[]>();
            var rest = text.AsSpan();
            foreach (var length in lengths)
            {
                pieces.Add(rest[..Math.Min(length, rest.Length)].ToArray());
                rest = rest[Math.Min(length, rest.Length)..];
            }

            pieces.Add(rest.ToArray());
            return Mask(masker, pieces) == whole && !whole.Contains("aabaab", StringComparison.Ordinal)
                && !whole.Contains("cccccc", StringComparison.Ordinal);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithEndSize(60));
    }

    [Theory]
    [InlineData("p!a's(s) w*rd/é漢\"\\+&=%~")]
    [InlineData("AKIA/abc+DEF=ghi~jkl_mno-pqr.")]
    [InlineData("line one\nline\ttwo\u0001😀 end")]
    public void Every_form_is_masked_wherever_the_stream_is_cut(string secret)
    {
        var masker = new SecretMasker([secret]);
        var bytes = Encoding.UTF8.GetBytes(secret);
        string[] forms =
        [
            secret, Uri.EscapeDataString(secret), System.Net.WebUtility.UrlEncode(secret),
            // As JavaScript's encodeURIComponent and Python's quote have them.
            Keep(Uri.EscapeDataString(secret), "!*'()"), Keep(Uri.EscapeDataString(secret), "/"),
            Quoted(JsonSerializer.Serialize(secret)),
            // As Go's encoding/json has it, and one that knows no short escape.
            Go(Quoted(JsonSerializer.Serialize(secret, Relaxed))),
            string.Concat(secret.Select(one => $"\\u{(int)one:X4}")),
            Quoted(JsonSerializer.Serialize(secret, Relaxed)),
            Quoted(JsonSerializer.Serialize(secret, Relaxed)).Replace("/", "\\/", StringComparison.Ordinal),
            .. Enumerable.Range(0, 3)
                .Select(shift => Convert.ToBase64String([.. new byte[shift], .. bytes, .. new byte[3 - shift]])),
        ];
        foreach (var form in forms)
        {
            var text = Encoding.UTF8.GetBytes($"before {form} after");
            var whole = Mask(masker, [text]);
            Assert.Contains("***", whole, StringComparison.Ordinal);
            // Of base64 the characters that other bytes decide too stay, and so does what shows no byte of it whole.
            Assert.True(whole.Length <= "before *** after".Length + 12, whole);
            for (var cut = 0; cut <= text.Length; cut++)
                Assert.Equal(whole, Mask(masker, [text[..cut], text[cut..]]));
            Assert.Equal(whole, Mask(masker, text.Select(one => new[] { one })));
        }
    }

    [Theory]
    [InlineData(76, "\n")]
    [InlineData(76, "\r\n")]
    [InlineData(64, "\n")]
    [InlineData(64, "\n    ")]
    [InlineData(60, "\\n")]
    [InlineData(60, "\\r\\n")]
    public void A_secret_is_masked_in_base64_wherever_its_lines_break(int width, string lineBreak)
    {
        var secret = string.Concat(Enumerable.Range(0, 93).Select(i => (char)('!' + (i * 37 % 90))));
        var masker = new SecretMasker([secret]);
        for (var before = 0; before < width; before++)
        {
            var plain = Encoding.UTF8.GetBytes(new string('b', before) + secret + "after");
            var lines = Convert.ToBase64String(plain).Chunk(width).Select(line => new string(line));
            var text = Encoding.UTF8.GetBytes(string.Join(lineBreak, lines));
            var whole = Mask(masker, [text]);
            var rest = whole.Split("***");
            Assert.Equal(2, rest.Length);
            // What stays is of the bytes before and after, and two characters on each side that they decide too.
            Assert.True(Lengths(rest[0], lineBreak) <= (before * 4 / 3) + 2, whole);
            Assert.True(Lengths(rest[1], lineBreak) <= 10, whole);
            for (var cut = 0; cut <= text.Length; cut += 5)
                Assert.Equal(whole, Mask(masker, [text[..cut], text[cut..]]));
        }
    }

    [Theory]
    [InlineData("\b\fpassword", "\\b\\fpassword")]
    [InlineData("\b\fpassword", "\\u0008\\u000cpassword")]
    [InlineData("\b\fpassword", "\\u0008\\u000Cpassword")]
    [InlineData("p<ss&w+rd>9", "p\\u003css\\u0026w+rd\\u003e9")]
    [InlineData("p<ss&w'rd=9", "p\\u003css\\u0026w\\u0027rd\\u003d9")]
    [InlineData("p<ss&w+rd>9", "p%3css%26w+rd%3E9")]
    [InlineData("pass word+", "pass+word%2B")]
    [InlineData("100%sure\\n", "100%sure\\n")]
    [InlineData("100%sure\\n", "100%25sure%5Cn")]
    [InlineData("100%sure\\n", "100%sure\\\\n")]
    [InlineData("sign😀ature", "sign\\ud83d\\uDE00ature")]
    public void A_secret_is_masked_whatever_its_encoder_escapes_and_leaves(string secret, string written)
    {
        var masker = new SecretMasker([secret]);
        Assert.Equal("<***>", masker.Apply($"<{written}>"));
        for (var end = 1; end < written.Length; end++)
            Assert.Equal("<", masker.ApplyToBeginning($"<{written[..end]}"));
    }

    [Fact]
    public void Of_a_text_whose_beginning_was_cut_off_no_rest_of_a_secret_is_left()
    {
        const string Key = "correct<horse>battery";
        var masker = new SecretMasker([Key, "another-one"]);
        string[] forms =
        [
            Key, Uri.EscapeDataString(Key), Quoted(JsonSerializer.Serialize(Key)), "another-one",
            Convert.ToBase64String(Encoding.UTF8.GetBytes(Key)),
            Convert.ToBase64String(Encoding.UTF8.GetBytes(Key)).Insert(10, "\r\n  "),
        ];
        foreach (var form in forms)
        {
            for (var cut = 1; cut < form.Length; cut++)
                Assert.Equal("", masker.ApplyToEnd($"{form[cut..]}: {form}").Split(": ")[0]);
        }

        Assert.Equal("x: ***", masker.ApplyToEnd("x: another-one"));
        Assert.Equal("", masker.ApplyToEnd("horse>"));
        Assert.Same(Key, SecretMasker.None.ApplyToEnd(Key));
    }

    [Fact]
    public void One_that_masks_more_is_made_only_where_there_is_more()
    {
        Assert.Same(Masker, Masker.With(["short", "second-secret"]));
        Assert.Equal("*** ***", Masker.With(["a-third-one"]).Apply("a-third-one second-secret"));
    }

    private static int Lengths(string text, string lineBreak) =>
        text.Replace(lineBreak, "", StringComparison.Ordinal).Length;

    private static string Go(string json) => json
        .Replace("<", "\\u003c", StringComparison.Ordinal).Replace(">", "\\u003e", StringComparison.Ordinal)
        .Replace("&", "\\u0026", StringComparison.Ordinal);

    private static readonly JsonSerializerOptions Relaxed =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Quoted(string json) => json[1..^1];

    private static string Keep(string escaped, string kept) =>
        kept.Aggregate(
            escaped, (text, one) => text.Replace(Uri.HexEscape(one), one.ToString(), StringComparison.Ordinal));

    private static string Mask(SecretMasker masker, IEnumerable<byte[]> pieces)
    {
        var output = new ArrayBufferWriter<byte>();
        var stream = new MaskingStream(masker);
        foreach (var piece in pieces) stream.Write(piece, output);
        stream.Flush(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
