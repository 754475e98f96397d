using Amoeba.Hosting.Library;
using Amoeba.Jobs;
using Microsoft.Extensions.AI;

namespace Amoeba;

/// <summary>How an embedding program sets Amoeba up.</summary>
public sealed class AmoebaOptions
{
    /// <summary>
    /// The folder where durable jobs live. Null (the default) keeps everything in memory: fast, and gone with the
    /// process. Several processes may share a folder of a local disk.
    /// </summary>
    public string? Home { get; set; }

    /// <summary>Most children (tasks at once) over all jobs, 1 to 10,000. Default 256.</summary>
    public int MaxChildren { get; set; } = 256;

    /// <summary>
    /// Most children in processes or containers of their own at once, over all jobs: those of process, detached and
    /// docker cells. 0 to 1,000. Default 10.
    /// </summary>
    public int MaxHeavyChildren { get; set; } = 10;

    /// <summary>Most programs that tasks may have running at once, 1 to 1,000. Default 32.</summary>
    public int MaxPrograms { get; set; } = 32;

    /// <summary>Bytes that all tasks together are expected to use at most; at least 1 MiB. Default 2 GiB.</summary>
    public long MaxMemory { get; set; } = 2L << 30;

    /// <summary>What a running task gets to end by itself when it is stopped. Default 5 s.</summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The least isolation of every job's cell, whatever its plan says: above <see cref="Isolation.None"/> (the
    /// default) a job that needs C# code of this program is refused, because that code lives in this process.
    /// </summary>
    public Isolation Isolation { get; set; }

    /// <summary>
    /// What the children of process and detached cells run: the full path of an <c>amoeba-worker</c>, or of an
    /// <c>amoeba-worker.dll</c>, which the .NET runtime of this program runs. It has to be of this version of Amoeba.
    /// Null (the default) is the one that the package put into the program's folder.
    /// </summary>
    public string? Worker { get; set; }

    /// <summary>
    /// Names of environment variables that programs started by tasks inherit, beside PATH, HOME and language.
    /// </summary>
    public IList<string> Inherit { get; } = [];

    /// <summary>C# delegates that plans may name: <c>do: { delegate: NAME }</c>.</summary>
    public IDictionary<string, Tools.Delegate.TaskDelegate> Delegates { get; } =
        new Dictionary<string, Tools.Delegate.TaskDelegate>(StringComparer.Ordinal);

    /// <summary>
    /// Models that plans may call: <c>do: { chat: { model: NAME, prompt: ... } }</c>, or NAME/MODEL, whose MODEL goes
    /// to the client as <c>ChatOptions.ModelId</c>. A client is called from many threads at once and is not disposed.
    /// Names are letters, digits, '-' and '_'.
    /// </summary>
    public IDictionary<string, IChatClient> ChatClients { get; } =
        new Dictionary<string, IChatClient>(StringComparer.Ordinal);

    /// <summary>
    /// Servers of models that plans may call: <c>do: { chat: { model: NAME, prompt: ... } }</c>, or NAME/MODEL. Under a
    /// name of <see cref="ChatClients"/> it says what that client costs and how much it may be asked. Names
    /// are letters, digits, '-' and '_'.
    /// </summary>
    public IDictionary<string, ModelOptions> Models { get; } =
        new Dictionary<string, ModelOptions>(StringComparer.Ordinal);

    internal void Validate()
    {
        Check(MaxChildren is >= 1 and <= 10_000, nameof(MaxChildren), MaxChildren, "1 to 10,000");
        Check(MaxHeavyChildren is >= 0 and <= 1_000, nameof(MaxHeavyChildren), MaxHeavyChildren, "0 to 1,000");
        Check(MaxPrograms is >= 1 and <= 1_000, nameof(MaxPrograms), MaxPrograms, "1 to 1,000");
        Check(MaxMemory >= 1L << 20, nameof(MaxMemory), MaxMemory, "at least 1 MiB");
        Check(Grace >= TimeSpan.Zero, nameof(Grace), Grace, "zero or more");
        Check(Enum.IsDefined(Isolation), nameof(Isolation), Isolation, "None, Process or Container");
        foreach (var name in ChatClients.Keys)
            Check(Plans.PlanNames.IsId(name), nameof(ChatClients),
                $"\"{name}\"", "names of letters, digits, '-' and '_'");
        ModelNodes.Read(this);
        Check(Worker is null || Path.IsPathRooted(Worker), nameof(Worker), Worker, "an absolute path, or null");
        Check(Home is null || Path.IsPathRooted(Home), nameof(Home), Home, "an absolute path, or null");
    }

    private static void Check(bool holds, string name, object? value, string expected)
    {
        if (!holds)
        {
            throw new ArgumentException($"AmoebaOptions.{name} is {value}; expected {expected}.", name);
        }
    }
}
