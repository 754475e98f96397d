using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Amoeba.Cli.Json;

/// <summary>Writes data to standard output: UTF-8, snake_case, other alphabets as they are.</summary>
internal static class JsonOutput
{
    private static readonly JsonWriterOptions Plain = new()
    {
        // Nothing here ends up in a web page; escaped letters would only be harder to read.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static JsonWriterOptions Options(CliConsole console) => Plain with { Indented = console.OutputIsTerminal };

    public static void Write<T>(CliConsole console, T value, JsonTypeInfo<T> type)
    {
        console.Out.Flush();
        using (var writer = new Utf8JsonWriter(console.Output, Options(console)))
            JsonSerializer.Serialize(writer, value, type);
        console.Output.Write("\n"u8);
        console.Output.Flush();
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(JobJson))]
[JsonSerializable(typeof(ShownJobJson))]
[JsonSerializable(typeof(PlannedJson))]
[JsonSerializable(typeof(ListJson<JobRowJson>))]
[JsonSerializable(typeof(ListJson<ChildJson>))]
[JsonSerializable(typeof(ListJson<CellJson>))]
[JsonSerializable(typeof(ListJson<InboxJson>))]
[JsonSerializable(typeof(ListJson<SettingJson>))]
[JsonSerializable(typeof(SimulationJson))]
[JsonSerializable(typeof(ListJson<SimulationJson>))]
[JsonSerializable(typeof(DoctorJson))]
[JsonSerializable(typeof(CleanedJson))]
[JsonSerializable(typeof(VersionJson))]
[JsonSerializable(typeof(MergedJson))]
[JsonSerializable(typeof(ImageJson))]
[JsonSerializable(typeof(StatsJson))]
internal sealed partial class CliJsonContext : JsonSerializerContext;
