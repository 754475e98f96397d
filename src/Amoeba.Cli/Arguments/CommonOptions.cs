namespace Amoeba.Cli.Arguments;

/// <summary>Options that every command takes, and those that several share.</summary>
internal static class CommonOptions
{
    public static readonly OptionSpec Json = new("--json", null, "Data on standard output, as one JSON object");
    public static readonly OptionSpec Home =
        new("--home", "DIR", "Where Amoeba keeps its state (default: AMOEBA_HOME, or the platform's data folder)");
    public static readonly OptionSpec Quiet = new("--quiet", null, "Only results and errors", "-q");
    public static readonly OptionSpec Verbose =
        new("--verbose", null, "Say more, and show where an error came from", "-v");
    public static readonly OptionSpec Help = new("--help", null, "Show this", "-h");

    public static readonly IReadOnlyList<OptionSpec> All = [Json, Home, Quiet, Verbose, Help];

    public static readonly OptionSpec Children = new("--children", "N", "Split into up to N children at once");
    public static readonly OptionSpec Strategy = new("--strategy", "NAME", "auto, parallel, sequential or adaptive");
    public static readonly OptionSpec Cell =
        new("--cell", "KIND", "Where children live: auto, thread, process, detached, docker");
    public static readonly OptionSpec Detached =
        new("--detached", null,
            "As --cell detached, and return at once with the job's id: it goes on in the background");
    public static readonly OptionSpec Isolation =
        new("--isolation", "DEGREE", "How far tasks are kept apart at least: none, process or container");
    public static readonly OptionSpec Yes = new("--yes", null, "Approve what this run asks", "-y");
    public static readonly OptionSpec Budget =
        new("--budget", "LIMITS", "What the job may use: tokens=600000,time=2h; off takes a part off");
    public static readonly OptionSpec Autonomy =
        new("--autonomy", "LEVEL", "manual (every split asks), rules or learned");
    public static readonly OptionSpec Set =
        new("--set", "NAME=VALUE", "Give one of the plan's vars another value", Many: true);
    public static readonly OptionSpec Changed =
        new("--changed", null, "Run only what changed since earlier jobs of this folder; reuse the other results");
    public static readonly OptionSpec Follow = new("--follow", null, "Go on as more comes, until the job ends", "-f");
    public static readonly OptionSpec Jsonl = new("--jsonl", null, "A JSON object a line, a line a task");
    public static readonly OptionSpec Resume = new("--resume", null, "Then run the job here, in the foreground");
    public static readonly OptionSpec State = new("--state", "STATE", "Only those in this state");
    public static readonly OptionSpec Limit = new("--limit", "N", "At most this many");
    public static readonly OptionSpec Save =
        new("--save", "FILE", "Also write the plan to this file, unless it is there");
    public static readonly OptionSpec Force = new("--force", null, "Let --save write over a file");
    public static readonly OptionSpec Merge =
        new("--merge", "WAY", "How outputs are joined: lines (default), concat, json, jsonl, csv");
    public static readonly OptionSpec Timeout =
        new("--timeout", "TIME", "How long to wait, such as 30s or 5m (default: until it ends)");
}
