using System.IO.Compression;
using Microsoft.AspNetCore.Http;

namespace Amoeba.StandIn.Web;

/// <summary>`?encoding=gzip|br|deflate` packs an answer, whether the client can unpack it or not.</summary>
internal static class Packing
{
    public static byte[] Pack(HttpRequest request, HttpResponse response, byte[] body)
    {
        var encoding = request.Query["encoding"].ToString();
        if (encoding.Length == 0 || body.Length == 0) return body;
        response.Headers.ContentEncoding = encoding;
        using var packed = new MemoryStream();
        using (var packer = Packer(encoding, packed)) packer.Write(body);
        return packed.ToArray();
    }

    public static Stream Packer(string encoding, Stream into) => encoding switch
    {
        "gzip" => new GZipStream(into, CompressionLevel.Fastest, leaveOpen: true),
        "br" => new BrotliStream(into, CompressionLevel.Fastest, leaveOpen: true),
        "deflate" => new ZLibStream(into, CompressionLevel.Fastest, leaveOpen: true),
        _ => new MemoryStream(),
    };
}
