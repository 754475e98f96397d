namespace Amoeba.Plans;

/// <summary>The published JSON Schemas, which editors use and `amoeba schema` prints.</summary>
internal static class PlanSchema
{
    /// <summary>Of plans.</summary>
    public static string Plan => Read("plan");

    /// <summary>Of the configuration.</summary>
    public static string Config => Read("config");

    private static string Read(string name)
    {
        using var stream = typeof(PlanSchema).Assembly.GetManifestResourceStream($"Amoeba.Schema.{name}.schema.json")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
