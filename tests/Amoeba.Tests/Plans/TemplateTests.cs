using Amoeba.Plans;
using FsCheck;
using FsCheck.Fluent;

namespace Amoeba.Tests.Plans;

public sealed class TemplateTests
{
    private sealed class Scope(string value) : ITemplateScope
    {
        public string? Value(TemplatePart variable) =>
            variable.Text == "none" ? null : $"<{variable.Kind}:{variable.Text}{value}>";
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData("{item}", "<Item:>")]
    [InlineData("{item.a b.c}", "<ItemField:a b.c>")]
    [InlineData("{city}{city.name}", "<Item:><ItemField:name>")]
    [InlineData("a{index}b{vars.x}c", "a<Index:>b<Var:x>c")]
    [InlineData("{tasks.a-b.output}{tasks.c.file}", "<TaskOutput:a-b><TaskFile:c>")]
    [InlineData("{{item}}", "{item}")]
    [InlineData("{{{item}}}", "{<Item:>}")]
    [InlineData("}", "}")]
    [InlineData("}}}", "}}")]
    [InlineData("{{{{", "{{")]
    [InlineData("%s\\n $HOME", "%s\\n $HOME")]
    public void Variables_are_filled_in_and_doubled_braces_are_braces(string text, string filled) =>
        Assert.Equal(filled, Template.Parse(text, new TemplateNames("city")).Fill(new Scope("")));

    [Theory]
    [InlineData("{")]
    [InlineData("a{item")]
    [InlineData("{item{index}")]
    [InlineData("{}")]
    [InlineData("{ item }")]
    [InlineData("{items}")]
    [InlineData("{item.}")]
    [InlineData("{output}")]
    [InlineData("{tasks.a}")]
    [InlineData("{tasks..output}")]
    [InlineData("{vars.}")]
    [InlineData("{\"json\": 1}")]
    public void What_is_no_variable_is_refused(string text) => Assert.Throws<PlanException>(() => Template.Parse(text));

    [Fact]
    public void A_value_is_never_read_again_for_braces() =>
        Assert.Equal("<Item:{index}{{}>", Template.Parse("{item}").Fill(new Scope("{index}{{}")));

    [Fact]
    public void A_missing_value_names_the_variable() => Assert.Equal(
        "\"x{item.none}\": there is no value for {item.none}.",
        Assert.Throws<PlanException>(() => Template.Parse("x{item.none}").Fill(new Scope(""))).Message);

    [Fact]
    public void Escaped_text_fills_in_to_itself() => Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
    {
        Assert.Equal(text.Get, Template.Parse(Template.Escape(text.Get)).Fill(new Scope("")));
        Assert.Equal(text.Get, Template.Literal(text.Get).Fill(new Scope("")));
    }).Check(Config.QuickThrowOnFailure);
}
