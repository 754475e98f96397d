using System.Buffers;
using System.Text;
using Amoeba.Engine.Ports;
using Microsoft.Extensions.AI;

namespace Amoeba.Tools.Chat;

/// <summary>What one call answered: written on as it comes, or kept where it has to be checked first.</summary>
internal sealed class ChatAnswer(IOutputWriter? output, long mostKept)
{
    private readonly ArrayBufferWriter<byte>? _kept = output is null ? new ArrayBufferWriter<byte>() : null;

    /// <summary>Bytes of text.</summary>
    public long Written { get; private set; }

    /// <summary>Bytes of thinking, which is no part of the answer and costs all the same.</summary>
    public long Thought { get; private set; }

    public UsageDetails? Usage { get; private set; }

    public ChatFinishReason? Finish { get; private set; }

    /// <summary>The words of a model that will not do it.</summary>
    public string? Refusal { get; private set; }

    /// <summary>There is no room for more of it.</summary>
    public bool IsOver { get; private set; }

    public ReadOnlyMemory<byte> Kept => _kept?.WrittenMemory ?? default;

    /// <returns>False where no more is wanted.</returns>
    public bool Take(ChatResponseUpdate update)
    {
        Finish = update.FinishReason ?? Finish;
        foreach (var content in update.Contents)
        {
            switch (content)
            {
                case TextReasoningContent thought: Thought += Encoding.UTF8.GetByteCount(thought.Text ?? ""); break;
                case TextContent text: Write(text.Text); break;
                case ErrorContent error: Refusal += error.Message; break;
                case UsageContent usage: (Usage ??= new UsageDetails()).Add(usage.Details); break;
            }
        }

        return !IsOver;
    }

    private void Write(string text)
    {
        if (IsOver || text.Length == 0) return;
        const int Small = 512;
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var rented = most > Small ? ArrayPool<byte>.Shared.Rent(most) : null;
        var bytes = rented ?? stackalloc byte[Small];
        bytes = bytes[..Encoding.UTF8.GetBytes(text, bytes)];
        Written += bytes.Length;
        if (output is not null) IsOver = !output.Write(bytes);
        else if (Written > mostKept) IsOver = true;
        else _kept!.Write(bytes);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
    }
}
