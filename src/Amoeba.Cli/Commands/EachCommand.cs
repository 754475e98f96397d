using System.Text;
using Amoeba.Cli.Arguments;
using Amoeba.Disk;
using Amoeba.Plans;

namespace Amoeba.Cli.Commands;

/// <summary>`each PATTERN -- program args`: a plan made of the command line.</summary>
internal static class EachCommand
{
    /// <summary>Ways that need no more than their word; the usual one first.</summary>
    private static readonly string[] Merges = ["lines", "concat", "json", "jsonl", "csv"];

    public static async Task<int> RunAsync(CommandCall call)
    {
        await using var workplace = Workplace.Of(call);
        var lines = call.Words is ["-"] ? Lines(call.Console).ToList() : null;
        var plan = PlanArguments.Overlay(
            PlanReader.Read(PlanText(call, lines?.Take(1)), "each", workplace.PlanDefaults), call);

        // Lines are not written into a text and read again: there may be a million.
        if (lines is not null)
            plan =
                plan with
                {
                    Tasks =
                    [plan.Tasks[0] with { Each = new ItemsEach([.. lines.Select(line => new TextItem(line))]) }]
                };
        if (call.Value(CommonOptions.Save) is { } file) Save(call, file, PlanText(call, lines));
        return await RunCommand.RunAsync(call, workplace, plan);
    }

    /// <summary>
    /// The plan that the words stand for, as text a person can go on with; JSON strings are YAML too.
    /// </summary>
    /// <param name="call">The command line.</param>
    /// <param name="lines">The items where they came from standard input, otherwise null.</param>
    public static string PlanText(CommandCall call, IEnumerable<string>? lines)
    {
        if (call.Rest.Count == 0)
            throw new UsageException($"'amoeba each' needs a program. Usage: {HelpText.Usage(call.Command)}");
        if (lines is null && call.Words.Contains("-"))
            throw new UsageException("'amoeba each': '-' stands alone; it takes its items from standard input.");
        var text = new StringBuilder();
        text.Append("name: ").Append(Quoted($"each {Path.GetFileName(call.Rest[0])}")).Append('\n');
        if (lines is null) text.Append("each: { glob: [").AppendJoin(", ", call.Words.Select(Quoted)).Append("] }\n");
        else text.Append("each: [").AppendJoin(", ", lines.Select(Quoted)).Append("]\n");
        text.Append("do: { run: [").AppendJoin(", ", Arguments(call.Rest).Select(Quoted)).Append("] }\n");
        text.Append("merge: ").Append(Merge(call)).Append('\n');
        return text.ToString();
    }

    private static string Merge(CommandCall call)
    {
        var way = call.Value(CommonOptions.Merge) ?? Merges[0];
        return Merges.Contains(way)
            ? way
            : throw new UsageException($"--merge {way}: expected {string.Join(", ", Merges)}.");
    }

    /// <summary>{item} is filled in; any other brace is one that the program is to see.</summary>
    private static IEnumerable<string> Arguments(IReadOnlyList<string> rest)
    {
        const string Item = "{item}";
        foreach (var argument in rest) yield return string.Join(Item, argument.Split(Item).Select(Template.Escape));
        if (!rest.Any(argument => argument.Contains(Item, StringComparison.Ordinal))) yield return Item;
    }

    private static IEnumerable<string> Lines(CliConsole console)
    {
        using var reader = new StreamReader(console.OpenInput(), new UTF8Encoding(false, throwOnInvalidBytes: true));
        while (Next(reader) is { } line)
        {
            if (line.Length > 0) yield return line;
        }
    }

    /// <summary>A byte that is replaced would make an item that nobody wrote, such as the name of no file.</summary>
    private static string? Next(StreamReader reader)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (DecoderFallbackException)
        {
            throw new PlanException(
                "standard input: an item is not UTF-8 text; convert it first, for instance with iconv.");
        }
    }

    private static void Save(CommandCall call, string file, string text)
    {
        if (!call.Has(CommonOptions.Force) && File.Exists(Path.Combine(call.Console.Folder, file)))
            throw new UsageException(
                $"--save {file}: is there already; give another name, or --force to write over it.");
        try
        {
            File.WriteAllText(Path.Combine(call.Console.Folder, file), text);
        }
        catch (IOException full) when (FullDisk.Is(full))
        {
            throw FullDisk.Error("the plan", Path.Combine(call.Console.Folder, file), "call it again", full);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--save {file}: cannot be written: {exception.Message}");
        }

        if (!call.Quiet) call.Console.Error.WriteLine($"the plan is in {file}; run it again with: amoeba run {file}");
    }

    private static string Quoted(string text) => CanonicalJson.Quote(text);
}
