namespace Amoeba.Plans;

/// <summary>`chat` and what stands in it.</summary>
internal static class ChatBinder
{
    public const int MostFiles = 32;
    private const int MostTokens = 10_000_000;

    public static ChatSpec Bind(PlanCursor cursor, PlanBinding binding) => Bind(
        cursor, binding, PlanNames.Chat,
        "a map such as { model: local/llama3, prompt: \"Describe {item}.\" }", binding.Names);

    /// <param name="cursor">What stands at `chat`.</param>
    /// <param name="binding">What goes along.</param>
    /// <param name="names">What may stand in it.</param>
    /// <param name="shape">What was expected where it is no map.</param>
    /// <param name="ofPrompt">The variables that the prompt may use.</param>
    public static ChatSpec Bind(
        PlanCursor cursor, PlanBinding binding, string[] names, string shape, TemplateNames ofPrompt)
    {
        var map = cursor.Map(names, shape);
        return new ChatSpec
        {
            Model = Needed(map, "model", "a model such as local/llama3: a name of the configuration's models", binding),
            Prompt = Prompt(map, binding, ofPrompt),
            System = map["system"] is { } system ? binding.Template(system) : null,
            Temperature = map["temperature"]?.Number(0, 2),
            Seed = map["seed"]?.Long(0, long.MaxValue),
            MaxTokens = map["max_tokens"]?.Integer(1, MostTokens),
            Images = Files(map["images"], "a list of images: paths or URLs", binding),
            Audio = Files(map["audio"], "a list of sound files: paths or data URLs", binding),
            Schema = map["schema"] is { Node.IsScalar: false } schema ? SchemaBinder.Bind(schema) : null,
            SchemaFile = map["schema"] is { Node.IsScalar: true } file
                ? file.TextNotEmpty("a JSON schema, or its file")
                : null,
        };
    }

    private static Template Prompt(PlanMap map, PlanBinding binding, TemplateNames names)
    {
        var usual = binding.Names;
        binding.Names = names;
        var prompt = Needed(map, "prompt", "what the model is asked", binding);
        binding.Names = usual;
        return prompt;
    }

    private static Template Needed(PlanMap map, string name, string what, PlanBinding binding)
    {
        if (map[name] is { } value)
        {
            if (value.Node.IsScalar && string.IsNullOrWhiteSpace(value.Node.Text)) value.Expect(what);
            return binding.Template(value, what);
        }

        if (map.Cursor.Node.Kind == NodeKind.Map) map.Fail(name, $"missing; expected {what}.");
        return Template.Literal("");
    }

    private static IReadOnlyList<Template> Files(PlanCursor? cursor, string what, PlanBinding binding)
    {
        if (cursor is not { } given) return [];
        if (given.Node.IsScalar) return [binding.Template(given, what)];
        var members = given.List(what);
        if (members.Count > MostFiles) given.Expect($"at most {MostFiles}");
        return [.. members.Select(member => binding.Template(member, what))];
    }
}
