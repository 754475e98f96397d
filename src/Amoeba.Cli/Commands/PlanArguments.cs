using System.Text;
using Amoeba.Cli.Arguments;
using Amoeba.Jobs;
using Amoeba.Plans;
using static Amoeba.Cli.Arguments.CommonOptions;

namespace Amoeba.Cli.Commands;

/// <summary>A plan from the command line: read, with the options laid over it.</summary>
internal static class PlanArguments
{
    /// <summary>
    /// A plan is a text that a person could have written; its items may be many, but come from a source.
    /// </summary>
    private const int MostBytes = 64 << 20;

    /// <exception cref="PlanException">It cannot be read, or something in it is wrong.</exception>
    public static PlanSpec Read(CommandCall call, PlanReadOptions defaults)
    {
        var place = call.Word(0)!;
        var options = defaults with { Vars = Vars(call), Now = call.Console.Time.GetUtcNow() };
        return Overlay(PlanReader.Read(Text(call.Console, place), place, options), call);
    }

    /// <summary>Lays `--children`, `--strategy`, `--cell`, `--isolation` and `--changed` over a plan.</summary>
    public static PlanSpec Overlay(PlanSpec plan, CommandCall call) => plan with
    {
        Children = call.Number(Children, 1) ?? plan.Children,
        Strategy = Word(call, CommonOptions.Strategy, PlanNames.Strategies) ?? plan.Strategy,
        Cell = AskedCell(call) ?? plan.Cell,
        Isolation = Word(call, CommonOptions.Isolation, PlanNames.Isolations) ?? plan.Isolation,
        Reuse = call.Has(Changed) || plan.Reuse,
    };

    /// <exception cref="UsageException">`--detached` and another kind of cell: neither may win in silence.</exception>
    private static CellKind? AskedCell(CommandCall call)
    {
        var cell = Word(call, CommonOptions.Cell, PlanNames.Cells);
        if (!call.Has(Detached)) return cell;
        if (cell is null or CellKind.Detached) return CellKind.Detached;
        throw new UsageException(
            $"--detached is --cell detached, and --cell {Names.Of(cell.Value)} asks for another; give one of them.");
    }

    public static T? Word<T>(CommandCall call, OptionSpec option, IReadOnlyDictionary<string, T> words) where T : struct
    {
        if (call.Value(option) is not { } word) return null;
        if (words.TryGetValue(word, out var value)) return value;
        throw new UsageException(
            $"{option.Name} {word}: expected {string.Join(", ", words.Keys)}.{PlanNames.Meant(word, words)}");
    }

    /// <exception cref="PlanException">The file is not there, is not text, or is far too long.</exception>
    public static string Text(CliConsole console, string place)
    {
        if (place.Length == 0)
            throw new UsageException("the plan's name is empty. Give a plan's file, or '-' for standard input.");
        var shown = PlanErrors.Clean(place);
        if (place != "-" && Directory.Exists(Path.Combine(console.Folder, place)))
            throw new PlanException($"{shown}: is a folder. Give a plan's file, or '-' for standard input.");
        try
        {
            using var stream = place == "-" ? console.OpenInput() : File.OpenRead(Path.Combine(console.Folder, place));
            using var text = new MemoryStream();
            var buffer = new byte[64 * 1024];
            for (int read; (read = stream.Read(buffer)) > 0;)
            {
                text.Write(buffer, 0, read);
                if (text.Length > MostBytes)
                    throw new PlanException(
                        $"{shown}: longer than {MostBytes >> 20} MiB; give long lists as 'each: {{ file: ... }}'.");
            }

            var bytes = text.GetBuffer().AsSpan(0, (int)text.Length);
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(
                bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new PlanException($"{shown}: not UTF-8 text; a plan is YAML or JSON.");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PlanException($"{shown}: there is no such file. Give a plan's file, or '-' for standard input.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PlanException($"{shown}: cannot be read: {exception.Message}");
        }
    }

    private static Dictionary<string, string> Vars(CommandCall call)
    {
        var vars = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in call.Values(Set))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1) throw new UsageException($"--set {pair}: expected NAME=VALUE.");
            vars[pair[..equals]] = pair[(equals + 1)..];
        }

        return vars;
    }
}
