using Amoeba.Engine.Records;

namespace Amoeba.Engine.Ports;

/// <summary>Where outputs are kept. Safe from any thread.</summary>
internal interface IOutputs
{
    /// <summary>
    /// Opens the place an attempt writes to. Disposing it without <see cref="IOutputWriter.Complete"/> keeps nothing.
    /// </summary>
    IOutputWriter Open(string job, int ordinal, int attempt, long limit);

    /// <summary>Makes durable everything completed so far; called before the commit that records it.</summary>
    void Flush();

    /// <summary>The bytes, as a stream that the caller disposes; empty for none.</summary>
    /// <exception cref="OutputDamagedException">The bytes are gone or do not match their checksum.</exception>
    Stream Read(string job, OutputRef output);

    /// <summary>A file that holds exactly these bytes; made where the output has none of its own.</summary>
    string Materialize(string job, int ordinal, OutputRef output);

    /// <summary>
    /// What a running attempt has written so far, from an offset: for `logs -f`. Null where nothing is known.
    /// </summary>
    Stream? ReadLive(string job, int ordinal, int attempt, long offset);

    /// <summary>
    /// Removes what attempts of an earlier owner left half-written; called before a new owner starts any.
    /// </summary>
    void CleanLive(string job);

    /// <summary>Removes everything of a job.</summary>
    void Delete(string job);
}

/// <summary>
/// Takes an attempt's output, bounded: small outputs stay in memory, larger ones go to disk as they come.
/// </summary>
internal interface IOutputWriter : IDisposable
{
    /// <summary>Bytes taken so far.</summary>
    long Length { get; }

    /// <summary>Takes bytes up to the limit.</summary>
    /// <returns>False where the limit is reached: bytes up to it are kept, and the attempt should end with
    /// the reason `output`.</returns>
    bool Write(ReadOnlySpan<byte> bytes);

    /// <summary>Ends the output and says where it is. Durable only after <see cref="IOutputs.Flush"/>.</summary>
    OutputRef Complete();
}

/// <summary>An output that was recorded is gone or damaged.</summary>
public sealed class OutputDamagedException(string message) : Exception(message);

/// <summary>
/// The store cannot be used: damaged, newer than this version, read-only, or the disk is full. Exit code 5.
/// </summary>
public sealed class StoreUnusableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>No more than that nothing may be written there, or beside it.</summary>
    internal bool IsReadOnly { get; init; }
}
