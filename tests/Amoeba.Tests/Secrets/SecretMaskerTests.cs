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
