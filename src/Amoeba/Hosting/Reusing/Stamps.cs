using System.Buffers.Binary;
using System.Text;
using Amoeba.Outputs;

namespace Amoeba.Hosting.Reusing;

/// <summary>
/// The stamps of what a job was given by name, taken when it was accepted: a file beside its spool, 16 bytes for each
/// name. Those of items that flow are taken as they come, and appended to a second one. Not flushed: where they are
/// lost, nothing that names a file is reused.
/// </summary>
internal sealed class Stamps
{
    private const string FileName = "stamps";
    private const string FlowName = "stamps-flow";
    private const int Size = 2 * sizeof(ulong);
    private const int FlowSize = 3 * sizeof(ulong);

    private readonly Dictionary<ulong, ulong> _stamps;

    public Stamps() => _stamps = [];

    private Stamps(Dictionary<ulong, ulong> stamps) => _stamps = stamps;

    /// <summary>A stamp that no other equals: nobody knows whether the file stayed as it was.</summary>
    public const ulong Unsure = 0;

    /// <summary>The stamp of a name; null where nothing was there under it.</summary>
    public ulong? Find(string name) => _stamps.TryGetValue(KeyOf(name), out var stamp) ? stamp : null;

    public bool Has(string name) => _stamps.ContainsKey(KeyOf(name));

    public void Add(string name, ulong stamp) => _stamps[KeyOf(name)] = stamp;

    /// <summary>Writes them into a job's folder under `spool`; nothing where there are none.</summary>
    public void Write(string folder)
    {
        if (_stamps.Count == 0) return;
        var bytes = new byte[(_stamps.Count * Size) + sizeof(ulong)];
        var at = 0;
        foreach (var (name, stamp) in _stamps)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), name);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at + sizeof(ulong)), stamp);
            at += Size;
        }

        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), XxHash64.Of(bytes.AsSpan(0, at)));
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, FileName), bytes);
    }

    /// <summary>Those of a job; none where the file is gone or torn.</summary>
    public static Stamps Read(string folder)
    {
        var stamps = new Dictionary<ulong, ulong>();
        try
        {
            var bytes = File.ReadAllBytes(Path.Combine(folder, FileName));
            var end = bytes.Length - sizeof(ulong);
            if (end < 0 || end % Size != 0
                || BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(end)) != XxHash64.Of(bytes.AsSpan(0, end)))
            {
                end = 0;
            }

            for (var at = 0; at < end; at += Size)
            {
                stamps[BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at))] =
                    BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at + sizeof(ulong)));
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Without stamps nothing that names a file is reused.
        }

        ReadFlow(Path.Combine(folder, FlowName), stamps);
        return new Stamps(stamps);
    }

    /// <summary>Adds those of names that came with an item; the first of a name stands.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public static void Append(string folder, IReadOnlyList<(string Name, ulong Stamp)> taken)
    {
        if (taken.Count == 0) return;
        var bytes = new byte[taken.Count * FlowSize];
        for (var i = 0; i < taken.Count; i++)
        {
            var record = bytes.AsSpan(i * FlowSize, FlowSize);
            BinaryPrimitives.WriteUInt64LittleEndian(record, KeyOf(taken[i].Name));
            BinaryPrimitives.WriteUInt64LittleEndian(record[sizeof(ulong)..], taken[i].Stamp);
            BinaryPrimitives.WriteUInt64LittleEndian(record[Size..], XxHash64.Of(record[..Size]));
        }

        Directory.CreateDirectory(folder);
        using var file =
            new FileStream(Path.Combine(folder, FlowName), FileMode.Append, FileAccess.Write, FileShare.ReadWrite, 0);
        file.Write(bytes);
    }

    /// <summary>Up to the first record that a crash tore.</summary>
    private static void ReadFlow(string path, Dictionary<ulong, ulong> stamps)
    {
        try
        {
            if (!File.Exists(path)) return;
            var bytes = File.ReadAllBytes(path);
            for (var at = 0; at + FlowSize <= bytes.Length; at += FlowSize)
            {
                var record = bytes.AsSpan(at, FlowSize);
                if (BinaryPrimitives.ReadUInt64LittleEndian(record[Size..]) != XxHash64.Of(record[..Size])) return;
                stamps.TryAdd(
                    BinaryPrimitives.ReadUInt64LittleEndian(record),
                    BinaryPrimitives.ReadUInt64LittleEndian(record[sizeof(ulong)..]));
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // As above.
        }
    }

    private static ulong KeyOf(string name) => XxHash64.Of(Encoding.UTF8.GetBytes(name));
}
