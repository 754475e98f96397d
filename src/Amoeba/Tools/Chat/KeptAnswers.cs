using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Amoeba.Engine.Ports;
using Amoeba.Plans;

namespace Amoeba.Tools.Chat;

/// <summary>
/// Answers of a merge's calls, each under the hash of exactly what was asked, so that a merge that is tried again pays
/// for none of them twice. Safe from any thread.
/// </summary>
internal sealed class KeptAnswers(string folder)
{
    private const int HashLength = SHA256.HashSizeInBytes;

    /// <summary>Where the answer to a question is.</summary>
    public static string KeyOf(string model, BoundChat chat)
    {
        var buffer = new ArrayBufferWriter<byte>(chat.Prompt.Length + 256);
        using (var writer = new Utf8JsonWriter(buffer, CanonicalJson.Options))
        {
            writer.WriteStartArray();
            writer.WriteStringValue(model);
            writer.WriteStringValue(chat.System);
            writer.WriteStringValue(chat.Temperature?.ToString("R", PlanUnits.Culture));
            writer.WriteStringValue(chat.Seed?.ToString(PlanUnits.Culture));
            writer.WriteStringValue(chat.MaxTokens?.ToString(PlanUnits.Culture));
            writer.WriteStringValue(chat.Schema?.Json);
            writer.WriteStringValue(chat.Prompt);
            writer.WriteEndArray();
        }

        return Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan));
    }

    /// <summary>The answer that is kept, whole and as it was written; else null.</summary>
    public MergeResult? Find(string key, string title)
    {
        try
        {
            var bytes = File.ReadAllBytes(PathOf(key));
            if (bytes.Length < HashLength) return null;
            var answer = bytes.AsSpan(HashLength);
            return SHA256.HashData(answer).AsSpan().SequenceEqual(bytes.AsSpan(0, HashLength))
                ? Of(key, title, answer.Length)
                : null;
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <exception cref="StoreUnusableException">It cannot be written: the disk is full.</exception>
    public MergeResult Keep(string key, string title, ReadOnlySpan<byte> answer)
    {
        var path = PathOf(key);
        var unfinished = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            Directory.CreateDirectory(folder);
            using (var file = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1))
            {
                file.Write(SHA256.HashData(answer));
                file.Write(answer);
                file.Flush(flushToDisk: true);
            }

            File.Move(unfinished, path, overwrite: true);
            return Of(key, title, answer.Length);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            File.Delete(unfinished);
            throw new StoreUnusableException($"A merge's answer could not be kept: {fault.Message}", fault);
        }
    }

    private MergeResult Of(string key, string title, int length) => new(title, length, () =>
    {
        var file = File.OpenRead(PathOf(key));
        file.Position = HashLength;
        return file;
    });

    private string PathOf(string key) => Path.Combine(folder, key);
}
