using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Amoeba.Models;
using Amoeba.Plans;

namespace Amoeba.Hosting.Reusing;

/// <summary>What makes a result of one entry of a plan the same result (docs/decisions/0009-reuse.md).</summary>
internal sealed class ReusableStage
{
    private const string Version = "amoeba reuse 1";

    private readonly bool _usesIndex;

    public ReusableStage(PlanSpec plan, TaskSpec task, string folder)
    {
        Task = task;
        Files = new NamedFiles(plan, task);
        ToolSpec[] tools = task.Verify is { } verify ? [.. task.Do, verify] : [.. task.Do];
        Models = [.. tools.OfType<ChatSpec>().Select(chat => chat.Model)
            .Select(model => model.IsLiteral ? ModelCatalog.NameOf(model.Source) : "")
            .Distinct(StringComparer.Ordinal)];
        _usesIndex = UsesIndex(task, tools);
        Base = BaseOf(plan, task, tools, folder);
    }

    public TaskSpec Task { get; }

    public NamedFiles Files { get; }

    /// <summary>Configured names of the models it calls; an empty one is whichever an item names.</summary>
    public IReadOnlyList<string> Models { get; }

    /// <summary>What is the same for all of its items.</summary>
    public UInt128 Base { get; }

    /// <summary>
    /// True for tasks whose result follows from what can be known of them: programs and models. A fetch has its own
    /// cache, a wait has no result, what a delegate does is the embedding program's affair.
    /// </summary>
    public static bool CanBe(TaskSpec task) =>
        task.Idempotent && task.Do.All(tool => tool is RunSpec or ShSpec or ChatSpec)
        && task.Verify is null or RunSpec or ShSpec;

    /// <param name="items">The items of one task; none without `each`.</param>
    /// <param name="index">Where the first stands among its task's items.</param>
    /// <param name="needs">What it needs gave: <see cref="NeedsHash"/>.</param>
    public UInt128 Key(IReadOnlyList<Item> items, long index, UInt128 needs)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        Add(bytes, Base);
        Add(bytes, needs);
        Add(bytes, _usesIndex ? index : -1);
        Add(bytes, items.Count);
        foreach (var item in items) Add(bytes, item.Json);
        return HashOf(bytes.WrittenSpan);
    }

    internal static void Add(ArrayBufferWriter<byte> into, long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(into.GetSpan(sizeof(long)), number);
        into.Advance(sizeof(long));
    }

    internal static void Add(ArrayBufferWriter<byte> into, UInt128 number)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(into.GetSpan(16), number);
        into.Advance(16);
    }

    /// <summary>With its length before it, so that no two lists of texts run together into the same bytes.</summary>
    internal static void Add(ArrayBufferWriter<byte> into, string? text)
    {
        var count = text is null ? -1 : Encoding.UTF8.GetByteCount(text);
        Add(into, count);
        if (text is not null) into.Advance(Encoding.UTF8.GetBytes(text, into.GetSpan(count)));
    }

    internal static UInt128 HashOf(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    private static UInt128 BaseOf(PlanSpec plan, TaskSpec task, ToolSpec[] tools, string folder)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        Add(bytes, Version);
        Add(bytes, folder);
        using (var writer = new Utf8JsonWriter(bytes, CanonicalJson.Options))
            TaskJson.Write(writer, WhatCounts(task), withItems: false);
        Add(bytes, task.Group?.Source);
        Add(bytes, task.Each is null ? 0 : 1);
        var vars = UsedVars(plan, tools).ToList();
        Add(bytes, vars.Count);
        foreach (var name in vars)
        {
            Add(bytes, name);
            Add(bytes, plan.Vars.GetValueOrDefault(name));
        }

        return HashOf(bytes.WrittenSpan);
    }

    /// <summary>The task without what changes when, where or how often it runs, and not what it gives.</summary>
    private static TaskSpec WhatCounts(TaskSpec task) => new()
    {
        Id = "",
        Type = "",
        Do = task.Do,
        Verify = task.Verify,
        Env = task.Env,
        Limits = new LimitSpec { Output = task.Limits.Output, Tokens = task.Limits.Tokens },
    };

    /// <summary>A program is given every variable; a model what its templates speak of.</summary>
    private static IEnumerable<string> UsedVars(PlanSpec plan, ToolSpec[] tools)
    {
        var names = tools.Any(tool => tool is RunSpec or ShSpec)
            ? plan.Vars.Keys
            : tools.SelectMany(tool => tool.Templates).SelectMany(template => template.Parts)
                .Where(part => part.Kind == VariableKind.Var).Select(part => part.Text);
        return names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
    }

    /// <summary>A program that reads AMOEBA_INDEX without the plan's saying so is not known to.</summary>
    private static bool UsesIndex(TaskSpec task, ToolSpec[] tools) =>
        tools.SelectMany(tool => tool.Templates).Concat(task.Env.Values)
            .Any(template => template.Parts.Any(part => part.Kind == VariableKind.Index))
        || tools.OfType<ShSpec>().Any(sh => sh.Text.Contains("AMOEBA_INDEX", StringComparison.Ordinal));
}
