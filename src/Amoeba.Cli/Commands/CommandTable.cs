using Amoeba.Cli.Arguments;
using static Amoeba.Cli.Arguments.CommonOptions;

namespace Amoeba.Cli.Commands;

/// <summary>Every command there is, in the order of the help.</summary>
internal static class CommandTable
{
    private const string Jobs = "Jobs";
    private const string Seeing = "Seeing";
    private const string Steering = "Steering";
    private const string Here = "This machine";

    private const string JobWord = "JOB is an id, a unique prefix of one, or 'last'.";

    public static IReadOnlyList<CommandSpec> All { get; } =
    [
        new("run", "Run a plan, here, in the foreground", RunCommand.RunAsync)
        {
            Group = Jobs, Words = "PLAN", LeastWords = 1, MostWords = 1,
            Options = [Children, Strategy, Cell, Detached, Isolation, Changed, Yes, Autonomy, Budget, Set],
            Details =
                "PLAN is a YAML or JSON file, or '-' for standard input. The merged output goes to standard output,\n"
                + "all else to standard error. Ctrl-C stops gracefully and says how to go on; a second one stops now.",
            Examples =
            [
                "amoeba run plan.yaml",
                "amoeba run plan.yaml --children 8 --set language=es --json",
                "amoeba run plan.yaml --autonomy manual      # ask before it is split",
                "amoeba run plan.yaml --changed              # only what changed since the last time",
            ],
        },
        new("each", "Run a program for each file or line, without a plan file", EachCommand.RunAsync)
        {
            Group = Jobs, Words = "PATTERN...", LeastWords = 1, MostWords = int.MaxValue, TakesRest = true,
            Options = [Children, Strategy, Cell, Detached, Isolation, Changed, Yes, Autonomy, Merge, Save, Force],
            Details =
                "PATTERN is a glob (quote it, so that the shell leaves it alone), "
                    + "or '-' for the lines of standard input.\n"
                + "{item} stands for the item in every argument; where no argument has it, it is added at the end.",
            Examples =
            [
                "amoeba each '*.md' -- wc -w {item}",
                "git ls-files | amoeba each - -- sha256sum",
                "amoeba each 'photos/*.jpg' --children 4 --save plan.yaml -- convert {item} {item}.webp",
            ],
        },
        new("plan", "Show what would be decided about a plan, and run nothing", PlanCommand.RunAsync)
        {
            Group = Jobs, Words = "PLAN", LeastWords = 1, MostWords = 1,
            Options = [Children, Strategy, Cell, Isolation, Changed, Autonomy, Set],
            Examples = ["amoeba plan plan.yaml", "amoeba plan plan.yaml --children 20 --json"],
        },
        new("simulate", "Play a plan in virtual time, and run nothing", SimulateCommand.RunAsync)
        {
            Group = Jobs, Words = "PLAN", LeastWords = 1, MostWords = 1,
            Options = [Children with { Help = "One number, or a range such as 1..16" },
                Strategy, Cell, Isolation, Budget, Set],
            Examples = ["amoeba simulate plan.yaml", "amoeba simulate plan.yaml --children 1..16"],
        },
        new("resume", "Go on with a job after an interruption, a pause or an answer", ResumeCommand.RunAsync)
        {
            Group = Jobs, Words = "JOB", LeastWords = 1, MostWords = 1, Options = [Budget],
            Details =
                JobWord + " A job that another Amoeba runs is followed;\nof one that ended, the result is printed.",
            Examples = ["amoeba resume last", "amoeba resume k3f9 --json", "amoeba resume last --budget tokens=600000"],
        },
        new("retry", "Run the failed tasks of an ended job again, here, in the foreground", RetryCommand.RunAsync)
        {
            Group = Jobs, Words = "JOB", LeastWords = 1, MostWords = 1, Details = JobWord,
            Examples = ["amoeba retry last"],
        },
        new("jobs", "List jobs, the newest first", JobsCommand.RunAsync)
        {
            Group = Seeing, Aliases = ["ls", "status"], Options = [State, Limit],
            Examples = ["amoeba jobs", "amoeba jobs --state interrupted", "amoeba jobs --json"],
        },
        new("show", "Show a job: its state, what was decided and why, what came of it", ShowCommand.RunAsync)
        {
            Group = Seeing, Words = "JOB [TASK]", LeastWords = 1, MostWords = 2,
            Details = JobWord
                + "\nWith TASK, such as parse, 3 or each[3]: each attempt at it, what it cost and how it ended.",
            Examples = ["amoeba show last", "amoeba show last 3", "amoeba show last --json"],
        },
        new("logs", "Print what tasks wrote", LogsCommand.RunAsync)
        {
            Group = Seeing, Words = "JOB [TASK]", LeastWords = 1, MostWords = 2, Options = [Follow, State],
            InsteadOfJson =
                "it prints what tasks wrote as they wrote it; 'amoeba results JOB --json' gives outputs as data",
            Details = JobWord + "\nTASK is a task's id, an index such as 3, or both: each[3].",
            Examples =
                ["amoeba logs last", "amoeba logs last 3", "amoeba logs last --state failed", "amoeba logs last -f"],
        },
        new("results", "Print each task's result in plan order", ResultsCommand.RunAsync)
        {
            Group = Seeing, Words = "JOB", LeastWords = 1, MostWords = 1,
            Options = [Jsonl, State, Limit, ResultsCommand.Merged],
            Details = JobWord,
            Examples = ["amoeba results last", "amoeba results last --jsonl", "amoeba results last --merged > all.txt"],
        },
        new("wait", "Wait until a job ended, or waits for a person", WaitCommand.RunAsync)
        {
            Group = Seeing, Words = "JOB", LeastWords = 1, MostWords = 1, Options = [CommonOptions.Timeout],
            Details = JobWord + " Ends with the job's own exit code,\n"
                + "or with 4 where --timeout or Ctrl-C comes first: the job goes on, and can be waited for again.",
            Examples = ["amoeba wait last", "amoeba wait last --timeout 5m --json"],
        },
        new("stats", "Say what was gained: time saved against one by one, its worth, cost, failures",
            StatsCommand.RunAsync)
        {
            Group = Seeing, Options = [StatsCommand.By, StatsCommand.Since],
            Details =
                "Counts the jobs that ended and are still kept (retention.jobs). "
                    + "Time saved is what the tasks took together\n"
                + "less what their jobs took; it is negative where one by one would have been faster.",
            Examples = ["amoeba stats", "amoeba stats --by week --since 30d", "amoeba stats --json"],
        },
        new("children", "List the children at work, and what each does", ChildrenCommand.RunAsync)
        {
            Group = Seeing, Words = "[JOB]", MostWords = 1, Examples = ["amoeba children", "amoeba children --json"],
        },
        new("child", "Say how a worker is run by hand, for debugging", ChildCommand.RunAsync)
        {
            Group = Seeing,
            InsteadOfJson = "it prints a line to type; 'amoeba children --json' gives the children as data",
            Details =
                "A worker reads its task from a folder JOB/ORDINAL-ATTEMPT-STEP as a detached cell makes "
                    + "it under run/detached of\n"
                + "the home, and leaves claim, status, beat, output and result there. To run one by hand, "
                + "copy such a folder with its\n"
                + "'task' and without its 'claim' (kill -STOP the parent before its worker begins), "
                + "and give its full path to what this prints.\n"
                + "SIGTERM asks it to end its task, SIGQUIT ends it by force.",
            Examples = ["amoeba child"],
        },
        new("cells", "List the cells that exist, or clean up what a crash left", CellsCommand.RunAsync)
        {
            Group = Seeing, Words = "[clean]", MostWords = 1, Options = [Yes],
            Details =
                "clean ends and removes what nobody owns: what parents that crashed left "
                    + "running, and detached cells of\n"
                + "jobs that have ended or are gone. It says what, and asks before it does (--yes: it does not ask).",
            Examples = ["amoeba cells", "amoeba cells clean", "amoeba cells clean --yes"],
        },
        new("inbox", "List what waits for a person", InboxCommand.RunAsync)
        {
            Group = Steering, Examples = ["amoeba inbox", "amoeba inbox --json"],
        },
        new("approve", "Allow what a job asks", AnswerCommands.ApproveAsync)
        {
            Group = Steering, Words = "JOB", LeastWords = 1, MostWords = 1, Options = [Children, Resume],
            Details = JobWord + " The answer is recorded; 'amoeba resume' (or --resume) runs it.",
            Examples = ["amoeba approve last --resume", "amoeba approve last --children 4"],
        },
        new("deny", "Do not allow the split: the job runs one by one; spending denied is refused",
            AnswerCommands.DenyAsync)
        {
            Group = Steering, Words = "JOB", LeastWords = 1, MostWords = 1, Options = [Resume], Details = JobWord,
            Examples = ["amoeba deny last --resume"],
        },
        new("refuse", "Do not run the job at all", AnswerCommands.RefuseAsync)
        {
            Group = Steering, Words = "JOB", LeastWords = 1, MostWords = 1,
            Details = JobWord, Examples = ["amoeba refuse last"],
        },
        new("cancel", "End a job and everything it runs", SteerCommands.CancelAsync)
        {
            Group = Steering, Aliases = ["stop"], Words = "JOB", LeastWords = 1, MostWords = 1, Details = JobWord,
            Examples = ["amoeba cancel last"],
        },
        new("pause", "Start nothing new of a running job", SteerCommands.PauseAsync)
        {
            Group = Steering, Words = "JOB", LeastWords = 1, MostWords = 1,
            Details = JobWord, Examples = ["amoeba pause last"],
        },
        new("width", "Change how many children a running job may have at once", SteerCommands.WidthAsync)
        {
            Group = Steering, Words = "JOB N", LeastWords = 2, MostWords = 2,
            Details = JobWord, Examples = ["amoeba width last 8"],
        },
        new("doctor", "Say what this machine can do, what is missing, and how to get it", DoctorCommand.RunAsync)
        {
            Group = Here, Examples = ["amoeba doctor", "amoeba doctor --json"],
        },
        new("docker", "Make the image that docker cells are made from", DockerCommand.RunAsync)
        {
            Group = Here, Words = "build", LeastWords = 1, MostWords = 1, Options = [DockerCommand.Base],
            Details =
                "The image holds the worker as it is installed here and the .NET runtime that runs here. "
                    + "Without --base it rests\n"
                + "on a few of this machine's own packages (dpkg), and no registry is asked. "
                + "Nothing of it runs as root.",
            Examples = ["amoeba docker build", "amoeba docker build --base debian:12-slim"],
        },
        new("config", "Show each setting, its value and where it came from", ConfigCommand.RunAsync)
        {
            Group = Here, Words = "[KEY]", MostWords = 1, Examples = ["amoeba config", "amoeba config caps --json"],
        },
        new("schema", "Print the JSON schema of plans, or of the configuration", SchemaCommand.RunAsync)
        {
            Group = Here, Words = "[plan|config]", MostWords = 1,
            Examples = ["amoeba schema > amoeba-plan.schema.json", "amoeba schema config"],
        },
        new("bench", "Measure Amoeba on this machine, each figure beside a peer", BenchCommand.RunAsync)
        {
            Group = Here, Words = "[NAME...]", MostWords = int.MaxValue, Options = [BenchCommand.Quick],
            Details = "NAME is one of the benchmarks below; without one, all are measured, which takes minutes.\n"
                + "Works in a folder of its own in the home, on whose disk it is to be told about, and removes it.\n"
                + Benchmarks.Bench.Contents,
            Examples = ["amoeba bench", "amoeba bench programs startup", "amoeba bench --json > figures.json"],
        },
        new("completion", "Print what a shell needs to complete Amoeba's command lines", CompletionCommand.RunAsync)
        {
            Group = Here, Words = "bash|zsh|fish", LeastWords = 1, MostWords = 1,
            InsteadOfJson = "it prints a script for a shell",
            Examples =
                ["source <(amoeba completion bash)", "amoeba completion fish > ~/.config/fish/completions/amoeba.fish"],
        },
    ];
}
