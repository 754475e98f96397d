using System.Text;
using Amoeba.StandIn.Answering;

namespace Amoeba.StandIn.Web;

internal static class Texts
{
    /// <summary>Text of exactly so many bytes; the same for the same size.</summary>
    public static byte[] Plain(int bytes)
    {
        var chance = new Chance((ulong)bytes);
        var text = new byte[bytes];
        for (var i = 0; i < bytes; i++)
            text[i] = i % 70 == 69 ? (byte)'\n' : i % 6 == 5 ? (byte)' ' : (byte)('a' + chance.Below(26));
        return text;
    }

    /// <summary>A page of exactly so many bytes, or of what its tags need.</summary>
    public static byte[] Html(int bytes)
    {
        const string Head = "<!doctype html>\n<title>Page</title>\n<p>";
        const string Tail = "</p>\n";
        var text = Encoding.ASCII.GetString(Plain(Math.Max(0, bytes - Head.Length - Tail.Length)));
        return Encoding.ASCII.GetBytes(Head + text + Tail);
    }
}
