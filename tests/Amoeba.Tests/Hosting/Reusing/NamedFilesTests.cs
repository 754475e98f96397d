using Amoeba.Hosting.Reusing;
using Amoeba.Plans;

namespace Amoeba.Tests.Hosting.Reusing;

public sealed class NamedFilesTests
{
    [Fact]
    public void A_program_its_arguments_and_the_words_of_a_shell_may_be_files()
    {
        var files = Of("""
            { "each": ["a"], "vars": { "lib": "lib.py" }, "env": { "CONF": "x.ini" }, "verify": { "run": ["./check", "{item}"] },
              "do": [ { "run": ["python3", "-u", "main.py", "{vars.lib}", "{item}"] }, { "sh": "./tool 'in put' $AMOEBA_ITEM <data >out.txt;cat <more" } ] }
            """);
        Assert.Equal(["python3", "./check"], files.Programs);
        Assert.Equal(["./tool", "AMOEBA_ITEM", "cat", "data", "in", "lib.py", "main.py", "more", "put", "x.ini"],
            files.Fixed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Items_fields_and_what_is_composed_of_them_may_be_files()
    {
        var files = Of("""
            { "each": [{ "path": "a.c", "n": 3 }], "do": { "run": ["cc", "-o", "{item.path}.o", "src/{item.path}", "https://x/{item.path}"] } }
            """);
        Assert.Equal(["a.c", "3", "a.c.o", "src/a.c"], files.Of(Item.Parse("""{ "path": "a.c", "n": 3 }"""), 0));
    }

    [Fact]
    public void A_models_prompt_is_no_file_and_its_images_are()
    {
        var files = Of("""
            { "each": ["a.png"], "do": { "chat": { "model": "m/x", "prompt": "{item} and notes.txt", "images": ["{item}", "logo.png"] } } }
            """);
        Assert.Equal(["logo.png"], files.Fixed);
        Assert.Equal(["a.png"], files.Of(new TextItem("a.png"), 0));
    }

    [Theory]
    [InlineData("-n")]
    [InlineData("two\nlines")]
    [InlineData("")]
    [InlineData("http://example.com/a")]
    public void Some_texts_are_no_names_of_files(string text) =>
        Assert.Empty(Of("""{ "each": ["a"], "do": { "run": ["echo", "{item}"] } }""").Of(new TextItem(text), 0));

    private static NamedFiles Of(string json)
    {
        var plan = PlanReader.Read(json, "test");
        return new NamedFiles(plan, plan.Tasks[0]);
    }
}
