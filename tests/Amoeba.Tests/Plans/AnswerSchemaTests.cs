using System.Text.Json;
using Amoeba.Plans;
using FsCheck;
using FsCheck.Fluent;

namespace Amoeba.Tests.Plans;

public sealed class AnswerSchemaTests
{
    private const string Recipe = """
        {"type":"object","required":["name","steps"],"additionalProperties":false,"properties":{
          "name":{"type":"string","minLength":2,"maxLength":5,"pattern":"^[a-z]+$"},
          "steps":{"type":"array","minItems":1,"maxItems":3,"uniqueItems":true,"items":{"$ref":"#/$defs/step"}},
          "servings":{"type":["integer","null"],"minimum":1,"exclusiveMaximum":10},
          "kind":{"enum":["sweet","salt",1]},
          "half":{"type":"number","multipleOf":0.5},
          "either":{"oneOf":[{"type":"string"},{"type":"integer"},{"const":3}]},
          "any":{"anyOf":[{"type":"string"},{"type":"boolean"}]},
          "all":{"allOf":[{"minimum":1},{"maximum":2}]}},
          "$defs":{"step":{"type":"object","properties":{"do":{"type":"string"},"then":{"$ref":"#/$defs/step"}},"required":["do"]}}}
        """;

    [Theory]
    [InlineData("""{"name":"soup","steps":[{"do":"a","then":{"do":"b"}}],"servings":null,"kind":1.0,"half":1.5,"either":"x","any":true,"all":2}""")]
    [InlineData("""{"steps":[{"do":"a","more":1}],"name":"tea","servings":4.0}""")]
    public void What_is_right_passes(string answer) => Assert.Empty(Check(Recipe, answer));

    [Theory]
    [InlineData("""[]""", "$: expected object, found a list")]
    [InlineData("""{"name":"soup"}""", "$: lacks steps")]
    [InlineData("""{"name":"s","steps":[{"do":"a"}]}""", "$.name: expected at least 2 characters, found 1")]
    [InlineData("""{"name":"Soup","steps":[{"do":"a"}]}""", "$.name: does not match ^[a-z]+$")]
    [InlineData("""{"name":"soup","steps":[]}""", "$.steps: expected at least 1 members, found 0")]
    [InlineData("""{"name":"soup","steps":[{"do":"a"},{"do":"a"}]}""", "$.steps: has a member twice")]
    [InlineData("""{"name":"soup","steps":[{"do":"a","then":{}}]}""", "$.steps[0].then: lacks do")]
    [InlineData("""{"name":"soup","steps":[{"do":"a"}],"servings":1.5}""", "$.servings: "
        + "expected integer or null, found 1.5")]
    [InlineData("""{"name":"soup","steps":[{"do":"a"}],"servings":10}""", "$.servings: "
        + "expected less than 10, found 10")]
    [InlineData("""{"name":"soup","steps":[{"do":"a"}],"kind":"sour"}""", "$.kind: expected one of: \"sweet\", "
        + "\"salt\", 1; found \"sour\"")]
    [InlineData("""{"name":"soup","steps":[{"do":"a"}],"half":0.3}""", "$.half: expected a multiple of 0.5, found 0.3")]
    [InlineData("""{"name":"soup","steps":[{"do":"a"}],"either":3}""", "$.either: expected exactly one "
        + "of oneOf to fit, found 2")]
    [InlineData("""{"name":"soup","steps":[{"do":"a"}],"any":3}""", "$.any: fits none of anyOf")]
    [InlineData("""{"name":"soup","steps":[{"do":"a"}],"all":3}""", "$.all: expected at most 2, found 3")]
    [InlineData("""{"name":"soup","steps":[{"do":"a"}],"extra":3}""", "$.extra: is not in the schema")]
    public void What_is_wrong_is_told_with_its_path(string answer, string words) =>
        Assert.Equal([words], Check(Recipe, answer));

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"minLenght":3}}}""", "properties.a.minLenght: "
        + "an answer cannot be checked by this keyword; did you mean minLength?")]
    [InlineData("""{"type":"object","if":{}}""", "if: an answer cannot be checked by this keyword")]
    [InlineData("""{"type":"array"}""", "type: expected object: an answer by schema is an object")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"strnig"}}}""", "properties.a.type: "
        + "expected one of: object, array")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#/$defs/b"}}}""", "\"#/$defs/b\" is nowhere")]
    [InlineData("""{"type":"object","properties":{"a":{"pattern":"(?=x)"}}}""", "no pattern that can be checked")]
    [InlineData("""{"type":"object","properties":{"a":{"enum":[]}}}""", "expected at least one value")]
    public void What_an_answer_could_not_be_held_to_is_refused(string schema, string words) =>
        Assert.Contains(words, Assert.Throws<PlanException>(() => Schemas.Of(schema)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}""", true)]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"}},"required":[],"additionalProperties":false}""",
        false)]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object"}},"required":["a"],"additionalProperties":false}""", false)]
    public void Only_a_schema_that_says_all_of_its_objects_is_strict(string schema, bool strict) =>
        Assert.Equal(strict, Schemas.Of(schema).IsStrict);

    [Fact]
    public void A_reference_that_goes_round_for_ever_ends() => Assert.NotEmpty(Check(
        """{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}},"$defs":{"a":{"$ref":"#/$defs/a"}}}""",
        """{"a":1}"""));

    [Fact]
    public void Any_value_is_right_by_the_schema_of_its_own_shape() =>
        Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue)), seed =>
    {
        var random = new System.Random(seed);
        var value = Value(random, 3);
        var answer = $$"""{"v":{{value}}}""";
        var shape =
            $$"""{"type":"object","properties":{"v":{{Shape(JsonDocument.Parse(value).RootElement)}}},"required":["v"],"additionalProperties":false}""";
        Assert.Empty(Check(shape, answer));
        Assert.NotEmpty(Check(shape, "{}"));
        Assert.NotEmpty(Check(shape, """{"v":{"no such thing":{}}}"""));
        Assert.Equal(Schemas.Of(shape).Json, Schemas.Of(Schemas.Of(shape).Json).Json);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    private static string Value(System.Random random, int depth) => random.Next(depth > 0 ? 6 : 4) switch
    {
        0 => random.Next(-100, 100).ToString(System.Globalization.CultureInfo.InvariantCulture),
        1 => CanonicalJson.Quote("text " + random.Next(9)),
        2 => "true",
        3 => "null",
        4 => $"[{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth - 1)))}]",
        _ => $$"""{"a":{{Value(random, depth - 1)}},"b":{{Value(random, depth - 1)}}}""",
    };

    /// <summary>The narrowest schema there is for a value.</summary>
    private static string Shape(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object =>
            $$"""{"type":"object","properties":{ {{Members(value)}} },"required":["a","b"],"additionalProperties":false}""",
        JsonValueKind.Array =>
            $$"""{"type":"array","maxItems":{{value.GetArrayLength()}},"items":{"anyOf":[{{string.Join(',', value.EnumerateArray().Select(Shape).DefaultIfEmpty("false"))}}] } }""",
        _ => $$"""{"const":{{value.GetRawText()}}}""",
    };

    private static string Members(JsonElement value) =>
        string.Join(',', value.EnumerateObject().Select(member => $"\"{member.Name}\":{Shape(member.Value)}"));

    private static IReadOnlyList<string> Check(string schema, string answer) =>
        Schemas.Of(schema).Check(JsonDocument.Parse(answer).RootElement);
}
