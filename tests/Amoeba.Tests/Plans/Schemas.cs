using Amoeba.Plans;

namespace Amoeba.Tests.Plans;

/// <summary>Schemas of answers from text.</summary>
internal static class Schemas
{
    public static AnswerSchema Of(string text)
    {
        var errors = new PlanErrors("schema");
        var schema = SchemaBinder.Bind(new PlanCursor(NodeReader.Read(text, "schema")!, "", errors));
        errors.ThrowIfAny();
        return schema;
    }
}
