namespace Amoeba.Plans;

/// <summary>`merge`: a word, or a map with the way's own argument.</summary>
internal static class MergeBinder
{
    /// <summary>Tokens; in fewer there is no room for a prompt, results and an answer.</summary>
    public const int LeastContext = 1000;

    public const int MostContext = 100_000_000;

    private static readonly string[] Ways = ["markdown", "run", "chat"];

    private const string ChatShape = "a map such as { model: local/llama3, prompt: \"Sum these up: {results}\" }";

    public static MergeSpec? Bind(PlanCursor cursor, PlanBinding binding)
    {
        if (binding.Options.Stored && cursor.Node.Text == PlanNames.NoMerge) return new MergeSpec(MergeKind.None);
        if (cursor.Node.IsScalar) return Word(cursor);
        string[] names = [.. Ways, .. PlanNames.ChatMerge.Skip(1)];
        var map = cursor.Map(names, $"one of: {string.Join(", ", PlanNames.Merges.Keys)}");
        if (Ways.Count(way => map[way] is not null) > 1)
            cursor.Fail($"expected one of {string.Join(", ", Ways)}, found several.");
        foreach (var name in PlanNames.ChatMerge.Skip(1))
        {
            if (map["chat"] is null && map[name] is not null)
                map.Fail(name, "stands without chat; it belongs to a merge by a model.");
        }

        if (map["markdown"] is { } template)
            return new MergeSpec(MergeKind.Markdown, Template: binding.Template(template, "a template"));
        binding.Names = TemplateNames.Plain;
        if (map["run"] is { } run) return new MergeSpec(MergeKind.Run, Run: ToolBinder.Run(run, binding));
        if (map["chat"] is { } chat) return new MergeSpec(MergeKind.Chat, Chat: Chat(chat, map, binding));
        if (cursor.Node.Kind == NodeKind.Map && cursor.Node.Entries.Count == 0)
            cursor.Expect("markdown, run or chat with its argument");
        return null;
    }

    private static ChatMergeSpec Chat(PlanCursor cursor, PlanMap map, PlanBinding binding)
    {
        var chat = ChatBinder.Bind(cursor, binding, PlanNames.MergeChat, ChatShape, new TemplateNames(Results: true));
        if (chat.Prompt.Parts.Count(part => part.Kind == VariableKind.Results) > 1)
            cursor.Fail("{results} stands in the prompt more than once; every call would read them as often.");
        var context = map["context"]?.Integer(LeastContext, MostContext);
        if (chat.MaxTokens >= context)
            map.Fail("context",
                $"{context} tokens leave nothing to read beside an answer of max_tokens, {chat.MaxTokens}.");
        return new ChatMergeSpec(chat, context, TaskBinder.Limits(map["limits"], ChatMergeSpec.DefaultLimits, binding));
    }

    private static MergeSpec? Word(PlanCursor cursor)
    {
        var kind = cursor.OneOf(PlanNames.Merges);
        if (kind == MergeKind.Markdown)
            cursor.Fail("markdown needs its template: merge: { markdown: \"## {item}\\n{output}\" }.");
        if (kind == MergeKind.Run) cursor.Fail("run needs its command: merge: { run: [program, argument] }.");
        if (kind == MergeKind.Chat)
            cursor.Fail("chat needs its model and prompt: merge: { chat: { model: local/llama3, prompt: "
                + "\"Sum these up: {results}\" } }.");
        return new MergeSpec(kind);
    }
}
