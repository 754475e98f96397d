using System.Buffers;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Secrets;

namespace Amoeba.Cells;

/// <summary>
/// What stands between a tool and the place its output is kept: it masks secrets, and remembers that the limit was
/// reached or that the place failed, so that neither is lost however the tool takes it.
/// </summary>
internal sealed class AttemptOutput(IOutputWriter inner, SecretMasker masker, IAttemptWatch watch, long limit)
    : IOutputWriter
{
    private readonly MaskingStream? _mask = masker.IsEmpty ? null : new MaskingStream(masker);
    private ArrayBufferWriter<byte>? _masked;
    private bool _warned;

    public long Length => inner.Length;

    /// <summary>The limit was reached.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The place could not be written.</summary>
    public StoreUnusableException? Fault { get; private set; }

    public bool Write(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty) watch.Progress(bytes.Length);
        if (_mask is null) return Pass(bytes);
        _masked ??= new ArrayBufferWriter<byte>();
        _masked.ResetWrittenCount();
        _mask.Write(bytes, _masked);
        return Pass(_masked.WrittenSpan);
    }

    /// <summary>The tool has written all: what was held back to be masked goes on.</summary>
    public void Finish()
    {
        if (_masked is null) return;
        _masked.ResetWrittenCount();
        _mask!.Flush(_masked);
        Pass(_masked.WrittenSpan);
    }

    public OutputRef Complete()
    {
        try
        {
            return inner.Complete();
        }
        catch (Exception fault) when (IsFault(fault))
        {
            Fault = AsFault(fault);
            return OutputRef.None;
        }
    }

    public void Dispose()
    {
        try
        {
            inner.Dispose();
        }
        catch (Exception fault) when (IsFault(fault))
        {
            // What is to be kept was completed before; a place that cannot even be left fails the next that writes.
        }
    }

    /// <summary>Opens the place an attempt writes to.</summary>
    /// <exception cref="StoreUnusableException">It cannot be opened.</exception>
    public static AttemptOutput Open(IOutputs outputs, AttemptOrder order, AttemptWork work, IAttemptWatch watch)
    {
        try
        {
            var place = outputs.Open(order.Job, order.Ordinal, order.Attempt, work.Limits.Output);
            return new AttemptOutput(place, work.Masker, watch, work.Limits.Output);
        }
        catch (Exception fault) when (IsFault(fault))
        {
            throw AsFault(fault);
        }
    }

    private bool Pass(ReadOnlySpan<byte> bytes)
    {
        if (IsOver || Fault is not null) return false;
        try
        {
            IsOver = !inner.Write(bytes);
            if (!_warned && !IsOver && Jobs.NearLimit.Is(inner.Length, limit)) Warn();
            return !IsOver;
        }
        catch (Exception fault) when (IsFault(fault))
        {
            Fault = AsFault(fault);
            return false;
        }
    }

    private void Warn()
    {
        _warned = true;
        watch.Warn(
            $"output: {AttemptErrors.Bytes(inner.Length)} of {AttemptErrors.Bytes(limit)} are written (limits.output)");
    }

    private static bool IsFault(Exception fault) =>
        fault is StoreUnusableException or IOException or UnauthorizedAccessException;

    private static StoreUnusableException AsFault(Exception fault) => fault as StoreUnusableException
        ?? new StoreUnusableException($"An output could not be written: {fault.Message}", fault);
}

/// <summary>Takes everything and keeps nothing: the output of what only checks.</summary>
internal sealed class DiscardedOutput(IAttemptWatch watch) : IOutputWriter
{
    public long Length => 0;

    public bool Write(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty) watch.Progress(bytes.Length);
        return true;
    }

    public OutputRef Complete() => OutputRef.None;

    public void Dispose()
    {
    }
}
