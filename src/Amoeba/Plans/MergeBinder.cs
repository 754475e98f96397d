namespace Amoeba.Plans;

/// <summary>`merge`: a word, or a map with the way's own argument.</summary>
internal static class MergeBinder
{
    /// <summary>Tokens; in fewer there is no room for a prompt, results and an answer.</summary>
    public const int LeastContext = 1000;

    public const int MostContext = 100_000_000;

    private static readonly string[] Ways = ["markdown", "run", "chat"];

    private const string ChatShape = "a map such as { model: local/llama3, prompt: \"Sum these up: {results}\" }";

    /// <param name="cursor">The merge.</param>
    /// <param name="plan">What it says of all tasks holds for a merge that is one.</param>
    /// <param name="binding">With the names that a merge's templates know.</param>
    public static MergeSpec? Bind(PlanCursor cursor, PlanMap plan, PlanBinding binding)
    {
        if (binding.Options.Stored && cursor.Node.Text == PlanNames.NoMerge) return new MergeSpec(MergeKind.None);
        if (cursor.Node.IsScalar) return Word(cursor);
        string[] names = [.. Ways, "context", "limits", "env"];
        var map = cursor.Map(names, $"one of: {string.Join(", ", PlanNames.Merges.Keys)}");
        if (Ways.Count(way => map[way] is not null) > 1)
            cursor.Fail($"expected one of {string.Join(", ", Ways)}, found several.");
        CheckBeside(map);
        if (map["markdown"] is { } template)
            return new MergeSpec(MergeKind.Markdown, Template: binding.Template(template, "a template"));
        var ofTasks = binding.Names with { Output = false };
        binding.Names = TemplateNames.Plain;
        var limits = TaskBinder.Limits(plan["limits"], binding.Options.Limits, binding);
        if (map["run"] is { } run)
        {
            return new MergeSpec(MergeKind.Run, Run: ToolBinder.Run(run, binding))
            {
                Limits = TaskBinder.Limits(map["limits"], MergeSpec.ProgramLimits(limits), binding),
                Env = TaskBinder.EnvOfMerge(map["env"], plan["env"], ofTasks, binding),
            };
        }

        if (map["chat"] is { } chat)
        {
            return new MergeSpec(MergeKind.Chat, Chat: Chat(chat, map, binding))
            {
                Limits = TaskBinder.Limits(map["limits"], ChatMergeSpec.DefaultLimits(limits), binding),
            };
        }

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
        return new ChatMergeSpec(chat, context);
    }

    private static void CheckBeside(PlanMap map)
    {
        if (map["context"] is not null && map["chat"] is null)
            map.Fail("context", "stands without chat; it belongs to a merge by a model.");
        if (map["limits"] is not null && map["chat"] is null && map["run"] is null)
            map.Fail("limits", "stands without run or chat; no other merge is a task that has limits.");
        if (map["env"] is not null && map["run"] is null)
            map.Fail("env", "stands without run; it belongs to a merge by a program.");
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
