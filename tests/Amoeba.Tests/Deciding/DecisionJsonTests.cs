using System.Text.Json;
using System.Text.Json.Serialization;
using Amoeba.Deciding;
using FsCheck;
using FsCheck.Fluent;

namespace Amoeba.Tests.Deciding;

public sealed class DecisionJsonTests
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>A property that is added to a decision and forgotten in its JSON is found here.</summary>
    [Fact]
    public void What_is_written_by_hand_is_what_the_serializer_would_write() =>
        Prop.ForAll(Some.Jobs.ToArbitrary(), job =>
        {
            var decision = Decider.Decide(job);
            Assert.Equal(JsonSerializer.Serialize(decision, Options), DecisionJson.Write(decision));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"split\":1}")]
    [InlineData("nothing")]
    public void What_is_not_a_decision_is_told_as_bad_json(string text) =>
        Assert.ThrowsAny<JsonException>(() => DecisionJson.Read(text));
}
