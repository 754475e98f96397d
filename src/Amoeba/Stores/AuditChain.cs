using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Amoeba.Engine.Records;

namespace Amoeba.Stores;

/// <summary>
/// Chains audit entries: each hash covers the entry and the hash before it. The newest hash is kept apart from the
/// entries, so that a log whose end was cut off is seen as well.
/// </summary>
internal static class AuditChain
{
    public static byte[] Start => new byte[SHA256.HashSizeInBytes];

    public static byte[] Next(ReadOnlySpan<byte> before, AuditRecord entry)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(before);
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(number, StoreTime.Of(entry.At));
        hash.AppendData(number);
        Append(entry.Who);
        Append(entry.What);
        Append(entry.Job);
        Append(entry.Why);
        return hash.GetHashAndReset();

        // Lengths go in as well: "ab" + "c" and "a" + "bc" are different entries. -1 is null.
        void Append(string? text)
        {
            var bytes = text is null ? [] : Encoding.UTF8.GetBytes(text);
            Span<byte> length = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, text is null ? -1 : bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }
    }
}
