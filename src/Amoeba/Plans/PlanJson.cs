using System.Buffers;
using System.Text;
using System.Text.Json;
using Amoeba.Jobs;

namespace Amoeba.Plans;

/// <summary>
/// A plan as canonical JSON: the published schema with every shorthand written out, every default said, and names in
/// one order. Equal plans give equal text, so that it is what the store keeps and what an approval's hash covers.
/// </summary>
internal static class PlanJson
{
    /// <summary>Writes a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="withItems">False leaves inline items out, for they are in the spool.</param>
    public static string Write(PlanSpec plan, bool withItems = true)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(buffer, CanonicalJson.Options)) WritePlan(writer, plan, withItems);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>
    /// Reads what <see cref="Write"/> wrote. Items that were left out come back as <see cref="SpooledEach"/>.
    /// </summary>
    /// <exception cref="PlanException">It is not what was written.</exception>
    public static PlanSpec Read(string json) =>
        PlanReader.Read(json, "stored plan", new PlanReadOptions { Stored = true });

    private static void WritePlan(Utf8JsonWriter writer, PlanSpec plan, bool withItems)
    {
        writer.WriteStartObject();
        writer.WriteString("name", plan.Name);
        writer.WriteString("description", plan.Description);
        writer.WriteString("type", plan.Type);
        writer.WriteStartObject("vars");
        foreach (var name in plan.Vars.Keys.Order(StringComparer.Ordinal)) writer.WriteString(name, plan.Vars[name]);
        writer.WriteEndObject();
        writer.WriteStartArray("tasks");
        foreach (var task in plan.Tasks) TaskJson.Write(writer, task, withItems);
        writer.WriteEndArray();
        writer.WritePropertyName("merge");
        WriteMerge(writer, plan.Merge);
        Number(writer, "children", plan.Children);
        writer.WriteString("cell", Names.Of(plan.Cell));
        if (plan.Isolation != Isolation.None) writer.WriteString("isolation", Names.Of(plan.Isolation));
        writer.WriteString("strategy", PlanNames.Of(plan.Strategy));
        writer.WriteString("on_failure", PlanNames.Of(plan.OnFailure));
        writer.WriteStartObject("budget");
        Number(writer, "tokens", plan.Budget.Tokens);
        Number(writer, "cost_usd", plan.Budget.CostUsd);
        Seconds(writer, "time", plan.Budget.Time);
        Number(writer, "memory", plan.Budget.Memory);
        writer.WriteEndObject();
        writer.WriteString("branch", plan.Branch);
        writer.WriteNumber("max_depth", plan.MaxDepth);
        if (plan.Reuse) writer.WriteBoolean("reuse", true);
        if (plan.Network) writer.WriteBoolean("network", true);
        writer.WriteEndObject();
    }

    private static void WriteMerge(Utf8JsonWriter writer, MergeSpec? merge)
    {
        if (merge is null)
        {
            writer.WriteNullValue();
        }
        else if (merge is { Template: null, Run: null, Chat: null })
        {
            writer.WriteStringValue(PlanNames.Of(merge.Kind));
        }
        else
        {
            writer.WriteStartObject();
            if (merge.Template is { } template) writer.WriteString("markdown", template.Source);
            if (merge.Run is { } run) TaskJson.WriteRun(writer, run);
            if (merge.Chat is { } chat) ChatJson.WriteMerge(writer, chat);
            if (merge.IsTask) TaskJson.WriteLimits(writer, merge.Limits);
            if (merge.Run is not null) TaskJson.WriteEnv(writer, merge.Env);
            writer.WriteEndObject();
        }
    }

    /// <summary>A number, or null where there is none.</summary>
    public static void Number(Utf8JsonWriter writer, string name, decimal? value)
    {
        if (value is { } number) writer.WriteNumber(name, number);
        else writer.WriteNull(name);
    }

    /// <summary>A time in seconds, or null where there is none.</summary>
    public static void Seconds(Utf8JsonWriter writer, string name, TimeSpan? value)
    {
        writer.WritePropertyName(name);
        if (value is { } time) writer.WriteRawValue(PlanUnits.Seconds(time));
        else writer.WriteNullValue();
    }
}
