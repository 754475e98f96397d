using System.Buffers.Binary;
using System.Numerics;

namespace Amoeba.Outputs;

/// <summary>XxHash64 of bytes that come in pieces: finds damage, fast; no protection against intent.</summary>
internal sealed class XxHash64
{
    private const ulong P1 = 0x9E3779B185EBCA87;
    private const ulong P2 = 0xC2B2AE3D27D4EB4F;
    private const ulong P3 = 0x165667B19E3779F9;
    private const ulong P4 = 0x85EBCA77C2B2AE63;
    private const ulong P5 = 0x27D4EB2F165667C5;
    private const int Stripe = 32;

    private readonly byte[] _rest = new byte[Stripe];
    private ulong _a = unchecked(P1 + P2);
    private ulong _b = P2;
    private ulong _c;
    private ulong _d = unchecked(0 - P1);
    private int _kept;
    private ulong _length;

    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        var hash = new XxHash64();
        hash.Add(bytes);
        return hash.Value;
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        _length += (ulong)bytes.Length;
        if (_kept > 0)
        {
            var fill = Math.Min(Stripe - _kept, bytes.Length);
            bytes[..fill].CopyTo(_rest.AsSpan(_kept));
            _kept += fill;
            bytes = bytes[fill..];
            if (_kept < Stripe)
                return;
            Mix(_rest);
            _kept = 0;
        }

        for (; bytes.Length >= Stripe; bytes = bytes[Stripe..])
            Mix(bytes);
        bytes.CopyTo(_rest);
        _kept = bytes.Length;
    }

    /// <summary>The hash of everything added so far.</summary>
    public ulong Value
    {
        get
        {
            unchecked
            {
                var hash = _length >= Stripe
                    ? Merge(Merge(Merge(Merge(
                        BitOperations.RotateLeft(_a, 1) + BitOperations.RotateLeft(_b, 7)
                        + BitOperations.RotateLeft(_c, 12) + BitOperations.RotateLeft(_d, 18), _a), _b), _c), _d)
                    : P5;
                return Finish(hash + _length);
            }
        }
    }

    private static ulong Round(ulong lane, ulong word) =>
        unchecked(BitOperations.RotateLeft(lane + word * P2, 31) * P1);

    private static ulong Merge(ulong hash, ulong lane) => unchecked((hash ^ Round(0, lane)) * P1 + P4);

    private void Mix(ReadOnlySpan<byte> stripe)
    {
        _a = Round(_a, BinaryPrimitives.ReadUInt64LittleEndian(stripe));
        _b = Round(_b, BinaryPrimitives.ReadUInt64LittleEndian(stripe[8..]));
        _c = Round(_c, BinaryPrimitives.ReadUInt64LittleEndian(stripe[16..]));
        _d = Round(_d, BinaryPrimitives.ReadUInt64LittleEndian(stripe[24..]));
    }

    private ulong Finish(ulong hash)
    {
        unchecked
        {
            ReadOnlySpan<byte> rest = _rest.AsSpan(0, _kept);
            for (; rest.Length >= 8; rest = rest[8..])
            {
                var word = Round(0, BinaryPrimitives.ReadUInt64LittleEndian(rest));
                hash = BitOperations.RotateLeft(hash ^ word, 27) * P1 + P4;
            }

            if (rest.Length >= 4)
            {
                var word = BinaryPrimitives.ReadUInt32LittleEndian(rest) * P1;
                hash = BitOperations.RotateLeft(hash ^ word, 23) * P2 + P3;
                rest = rest[4..];
            }

            foreach (var one in rest)
                hash = BitOperations.RotateLeft(hash ^ one * P5, 11) * P1;
            hash = (hash ^ (hash >> 33)) * P2;
            hash = (hash ^ (hash >> 29)) * P3;
            return hash ^ (hash >> 32);
        }
    }
}
