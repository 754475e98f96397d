namespace Amoeba.Tools.Chat;

/// <summary>What a file holds, told by its first bytes and not by its name.</summary>
internal static class MediaKind
{
    public const string Png = "image/png";
    public const string Jpeg = "image/jpeg";
    public const string Gif = "image/gif";
    public const string Webp = "image/webp";
    public const string Wav = "audio/wav";
    public const string Mp3 = "audio/mpeg";

    /// <summary>Null where it is none of these.</summary>
    public static string? Of(ReadOnlySpan<byte> bytes)
    {
        if (bytes is [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, ..]) return Png;
        if (bytes is [0xFF, 0xD8, 0xFF, ..]) return Jpeg;
        if (bytes.StartsWith("GIF87a"u8) || bytes.StartsWith("GIF89a"u8)) return Gif;
        if (bytes.StartsWith("RIFF"u8) && bytes.Length >= 12)
            return bytes[8..].StartsWith("WEBP"u8) ? Webp : bytes[8..].StartsWith("WAVE"u8) ? Wav : null;
        // A tag, or a frame of layer III at once.
        return bytes.StartsWith("ID3"u8) || bytes is [0xFF, 0xFB or 0xFA or 0xF3 or 0xF2 or 0xE3 or 0xE2, ..]
            ? Mp3
            : null;
    }
}
