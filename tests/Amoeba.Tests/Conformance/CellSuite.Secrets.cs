using System.Text.Json;

namespace Amoeba.Tests.Conformance;

public abstract partial class CellSuite
{
    private const string Secret = "correct-horses/\"battery\"";

    /// <summary>A secret as programs may write it, by the name of the way in which they do.</summary>
    private static readonly Dictionary<string, string> Forms = new()
    {
        ["clear"] = Secret,
        ["base64"] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Secret)),
        ["url"] = Uri.EscapeDataString(Secret),
        ["json"] = JsonEncodedText.Encode(Secret).Value,
    };

    /// <summary>
    /// A task writes into the standard error of its worker, and kills that. For the kinds whose workers it can reach.
    /// </summary>
    private protected async Task NoSecretIsInTheWordsOfALostWorkerAsync()
    {
        _rig.Environment["API_KEY"] = Secret;
        _rig.Inherit.Add("API_KEY");
        Assert.Equal("signal KILL (9): clear=***; base64=***; url=***; json=***;", await LoseAsync(
            "echo \"clear=$clear; base64=$base64; url=$url; json=$json;\" > /proc/$PPID/fd/2; kill -9 $PPID"));
        // The end of one whose beginning is not kept.
        Assert.Equal($"signal KILL (9): {new string('x', 2040)}", await LoseAsync(
            "{ printf %s \"$API_KEY\"; head -c 2040 /dev/zero | tr '\\0' x; } > /proc/$PPID/fd/2; kill -9 $PPID"));
    }

    private async Task<string> LoseAsync(string text)
    {
        var job = _rig.Job(JsonSerializer.Serialize(new
        {
            name = "t",
            env = Forms,
            tasks = new[] { new { id = "only", @do = new { sh = text } } },
        }));
        var child = await _rig.ChildAsync(job);
        child.Start(_rig.Order(job));
        var failed = (string)await _rig.Events.NextAsync();
        child.Destroy();
        Assert.Equal("gone c-1", await _rig.Events.NextAsync());
        Assert.StartsWith("failed c-1: ", failed, StringComparison.Ordinal);
        return failed["failed c-1: ".Length..];
    }
}
