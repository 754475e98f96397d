using System.Text;
using System.Text.Json;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Deciding;

/// <summary>
/// A decision as it is stored with its job: snake_case, with its input but for seconds task by task. By hand, because
/// the serializer's metadata is a third of what a short `run` compiles while it starts.
/// </summary>
internal static class DecisionJson
{
    public static string Write(Decision decision)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteBoolean("split", decision.Split);
            json.WriteNumber("children", decision.Children);
            json.WriteNumber("gain", decision.Gain);
            json.WriteNumber("sequential_seconds", decision.SequentialSeconds);
            json.WriteNumber("parallel_seconds", decision.ParallelSeconds);
            json.WriteNumber("memory_bytes", decision.MemoryBytes);
            json.WriteString("cell", decision.Cell.ToString());
            json.WriteStartArray("reasons");
            foreach (var reason in decision.Reasons)
                json.WriteStringValue(reason);
            json.WriteEndArray();
            json.WriteNumber("cost_usd", decision.CostUsd);
            json.WriteNumber("calls", decision.Calls);
            WriteInput(json, decision.Input);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <exception cref="JsonException">It is not what <see cref="Write"/> wrote.</exception>
    public static Decision Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        try
        {
            return ReadDecision(document.RootElement);
        }
        catch (Exception error)
            when (error is KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new JsonException($"not a decision: {error.Message}", error);
        }
    }

    private static void WriteInput(Utf8JsonWriter json, DecisionInput input)
    {
        json.WriteStartObject("input");
        json.WriteStartArray("stages");
        foreach (var stage in input.Stages)
            WriteStage(json, stage);
        json.WriteEndArray();
        if (input.Wish is { } wish)
            json.WriteNumber("wish", wish);
        else
            json.WriteNull("wish");
        json.WriteString("strategy", input.Strategy.ToString());
        json.WriteString("cell", input.Cell.ToString());
        json.WriteString("cell_reason", input.CellReason);
        json.WriteString("isolation", input.Isolation.ToString());
        WriteMachine(json, input.Machine);
        WriteMerge(json, input.Merge);
        json.WriteNumber("gain_light", input.GainLight);
        json.WriteNumber("gain_heavy", input.GainHeavy);
        json.WriteEndObject();
    }

    private static void WriteStage(Utf8JsonWriter json, StageInput stage)
    {
        json.WriteStartObject();
        json.WriteString("id", stage.Id);
        json.WriteNumber("tasks", stage.Tasks);
        json.WriteStartArray("needs");
        foreach (var need in stage.Needs)
            json.WriteNumberValue(need);
        json.WriteEndArray();
        json.WriteString("tool", stage.Tool);
        json.WriteBoolean("program", stage.Program);
        json.WriteNumber("cpu_share", stage.CpuShare);
        json.WriteBoolean("cpu_assumed", stage.CpuAssumed);
        json.WriteNumber("seconds", stage.Seconds);
        json.WriteString("seconds_from", stage.SecondsFrom);
        json.WriteNumber("memory", stage.Memory);
        if (stage.Call is { } call)
            WriteCall(json, call);
        else
            json.WriteNull("call");
        json.WriteEndObject();
    }

    private static void WriteCall(Utf8JsonWriter json, CallInput call)
    {
        json.WriteStartObject("call");
        json.WriteString("model", call.Model);
        json.WriteNumber("tokens", call.Tokens);
        json.WriteString("tokens_from", call.TokensFrom);
        WriteOrNull(json, "cost_usd", call.CostUsd);
        json.WriteBoolean("costs_money", call.CostsMoney);
        WriteOrNull(json, "concurrency", call.Concurrency);
        WriteOrNull(json, "requests", call.Requests);
        WriteOrNull(json, "tokens_a_minute", call.TokensAMinute);
        json.WriteEndObject();
    }

    private static void WriteOrNull(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    private static void WriteMerge(Utf8JsonWriter json, MergeCalls? merge)
    {
        if (merge is null)
        {
            json.WriteNull("merge");
            return;
        }

        json.WriteStartObject("merge");
        json.WriteString("model", merge.Model);
        json.WriteNumber("calls", merge.Calls);
        json.WriteNumber("levels", merge.Levels);
        json.WriteNumber("tokens", merge.Tokens);
        WriteOrNull(json, "cost_usd", merge.CostUsd);
        json.WriteBoolean("costs_money", merge.CostsMoney);
        json.WriteNumber("largest_tokens", merge.LargestTokens);
        json.WriteEndObject();
    }

    private static void WriteMachine(Utf8JsonWriter json, MachineInput machine)
    {
        json.WriteStartObject("machine");
        json.WriteNumber("processors", machine.Processors);
        json.WriteNumber("free_memory", machine.FreeMemory);
        json.WriteNumber("reserved_memory", machine.ReservedMemory);
        json.WriteNumber("light", machine.Light);
        json.WriteNumber("heavy", machine.Heavy);
        json.WriteNumber("programs", machine.Programs);
        json.WriteNumber("memory", machine.Memory);
        json.WriteString("zone", machine.Zone);
        json.WriteNumber("heavy_per_second", machine.HeavyPerSecond);
        json.WriteNumber("docker_per_minute", machine.DockerPerMinute);
        json.WriteEndObject();
    }

    private static Decision ReadDecision(JsonElement json) => new()
    {
        Split = json.GetProperty("split").GetBoolean(),
        Children = json.GetProperty("children").GetInt32(),
        Gain = json.GetProperty("gain").GetDouble(),
        SequentialSeconds = json.GetProperty("sequential_seconds").GetDouble(),
        ParallelSeconds = json.GetProperty("parallel_seconds").GetDouble(),
        MemoryBytes = json.GetProperty("memory_bytes").GetInt64(),
        Cell = Enum.Parse<CellKind>(Text(json, "cell")),
        Reasons = ReadEach(json, "reasons", reason => reason.GetString()!),
        CostUsd = json.GetProperty("cost_usd").GetDecimal(),
        Calls = json.GetProperty("calls").GetInt64(),
        Input = ReadInput(json.GetProperty("input")),
    };

    private static DecisionInput ReadInput(JsonElement json) => new()
    {
        Stages = ReadEach(json, "stages", ReadStage),
        Wish = json.GetProperty("wish") is { ValueKind: JsonValueKind.Number } wish ? wish.GetInt32() : null,
        Strategy = Enum.Parse<Strategy>(Text(json, "strategy")),
        Cell = Enum.Parse<CellKind>(Text(json, "cell")),
        CellReason = json.TryGetProperty("cell_reason", out var why) ? why.GetString() : null,
        Isolation = json.TryGetProperty("isolation", out var isolation)
            ? Enum.Parse<Isolation>(isolation.GetString()!)
            : Isolation.None,
        Machine = ReadMachine(json.GetProperty("machine")),
        Merge = json.TryGetProperty("merge", out var merge) && merge.ValueKind == JsonValueKind.Object
            ? ReadMerge(merge)
            : null,
        GainLight = json.GetProperty("gain_light").GetDouble(),
        GainHeavy = json.GetProperty("gain_heavy").GetDouble(),
    };

    private static StageInput ReadStage(JsonElement json) => new()
    {
        Id = Text(json, "id"),
        Tasks = json.GetProperty("tasks").GetInt32(),
        Needs = ReadEach(json, "needs", need => need.GetInt32()),
        Tool = Text(json, "tool"),
        Program = json.GetProperty("program").GetBoolean(),
        CpuShare = json.GetProperty("cpu_share").GetDouble(),
        CpuAssumed = json.GetProperty("cpu_assumed").GetBoolean(),
        Seconds = json.GetProperty("seconds").GetDouble(),
        SecondsFrom = Text(json, "seconds_from"),
        Memory = json.GetProperty("memory").GetInt64(),
        Call =
            json.TryGetProperty("call", out var call) && call.ValueKind == JsonValueKind.Object ? ReadCall(call) : null,
    };

    private static CallInput ReadCall(JsonElement json) => new(
        Text(json, "model"),
        json.GetProperty("tokens").GetDouble(),
        Text(json, "tokens_from"),
        Number(json, "cost_usd"),
        json.GetProperty("costs_money").GetBoolean(),
        (int?)Number(json, "concurrency"),
        (long?)Number(json, "requests"),
        (long?)Number(json, "tokens_a_minute"));

    private static double? Number(JsonElement json, string name) =>
        json.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;

    private static MergeCalls ReadMerge(JsonElement json) => new(
        Text(json, "model"),
        json.GetProperty("calls").GetInt64(),
        json.GetProperty("levels").GetInt32(),
        json.GetProperty("tokens").GetDouble(),
        Number(json, "cost_usd"),
        json.GetProperty("costs_money").GetBoolean(),
        json.GetProperty("largest_tokens").GetDouble());

    private static MachineInput ReadMachine(JsonElement json) => new(
        json.GetProperty("processors").GetDouble(),
        json.GetProperty("free_memory").GetInt64(),
        json.GetProperty("reserved_memory").GetInt64(),
        json.GetProperty("light").GetInt32(),
        json.GetProperty("heavy").GetInt32(),
        json.GetProperty("programs").GetInt32(),
        json.GetProperty("memory").GetInt64(),
        Text(json, "zone"),
        json.GetProperty("heavy_per_second").GetDouble(),
        json.GetProperty("docker_per_minute").GetDouble());

    private static string Text(JsonElement json, string name) =>
        json.GetProperty(name).GetString() ?? throw new JsonException($"not a decision: {name} is null");

    private static List<T> ReadEach<T>(JsonElement json, string name, Func<JsonElement, T> read)
    {
        var array = json.GetProperty(name);
        var all = new List<T>(array.GetArrayLength());
        foreach (var element in array.EnumerateArray())
            all.Add(read(element));
        return all;
    }
}
