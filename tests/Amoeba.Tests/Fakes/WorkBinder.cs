using Amoeba.Engine.Ports;
using Amoeba.Plans;
using Amoeba.Secrets;

namespace Amoeba.Tests.Fakes;

/// <summary>Gives every order the same work.</summary>
internal sealed class WorkBinder(params BoundTool[] chain) : IAttemptBinder
{
    public BoundTool? Verify { get; init; }

    public LimitSpec Limits { get; init; } = LimitSpec.Default;

    public IReadOnlyList<Item> Items { get; init; } = [new TextItem("x")];

    public SecretMasker Masker { get; init; } = SecretMasker.None;

    public Exception? Problem { get; init; }

    public AttemptWork Bind(AttemptOrder order) => Problem is not null
        ? throw Problem
        : new AttemptWork
        {
            Order = order,
            Chain = chain,
            Verify = Verify,
            Items = Items,
            Limits = Limits,
            Folder = Path.GetTempPath(),
            Environment = () => new ProgramEnvironment(["PATH=/usr/bin:/bin"], null),
            Masker = Masker,
        };
}

/// <summary>A tool that does what the test says.</summary>
internal sealed class ScriptedTool(string name, Func<ToolRun, CancellationToken, ValueTask<ToolOutcome>> script) : ITool
{
    public ScriptedTool(string name, ToolOutcome outcome, string output = "")
        : this(name, (run, _) =>
        {
            run.Output.Write(System.Text.Encoding.UTF8.GetBytes(output));
            return new(outcome);
        })
    {
    }

    public string Name => name;

    public ValueTask<ToolOutcome> RunAsync(ToolRun run, CancellationToken cancel) => script(run, cancel);
}

/// <summary>An argument-less call of a <see cref="ScriptedTool"/>.</summary>
internal sealed record Call(string Tool) : BoundTool(Tool);
