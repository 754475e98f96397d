using Amoeba.Cli.Arguments;

namespace Amoeba.Cli.Commands;

/// <summary>Completion scripts, made from the same table as the parser, so that they never fall behind it.</summary>
internal static class CompletionCommand
{
    public static Task<int> RunAsync(CommandCall call)
    {
        call.Console.Out.Write(call.Word(0) switch
        {
            "bash" => Bash(),
            "zsh" => "autoload -U +X bashcompinit && bashcompinit\n" + Bash(),
            "fish" => Fish(),
            var other => throw new UsageException($"'amoeba completion {other}': expected bash, zsh or fish."),
        });
        return Task.FromResult(ExitCodes.Done);
    }

    private static string Bash()
    {
        var commands = string.Join(' ', CommandTable.All.SelectMany(command => command.Names));
        var cases = string.Concat(CommandTable.All.Select(command =>
            $"    {string.Join('|', command.Names)}) words='{Options(command)}' ;;\n"));
        return $$"""
            _amoeba() {
              local current=${COMP_WORDS[COMP_CWORD]} words
              if [ "$COMP_CWORD" = 1 ]; then words='{{commands}} --help --version'
              else case ${COMP_WORDS[1]} in
            {{cases}}  esac; fi
              COMPREPLY=()
              case $current in
                -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
                *) [ "$COMP_CWORD" = 1 ] && COMPREPLY=($(compgen -W "$words" -- "$current")) || COMPREPLY=($(compgen -f -- "$current")) ;;
              esac
            }
            complete -F _amoeba amoeba

            """;
    }

    private static string Fish()
    {
        var lines = new List<string> { "complete -c amoeba -n __fish_use_subcommand -f" };
        foreach (var command in CommandTable.All)
        {
            lines.Add($"complete -c amoeba -n __fish_use_subcommand -a {command.Name} -d {Quoted(command.Summary)}");
            foreach (var option in command.Options.Concat(command.Everywhere))
            {
                var value = option.Value is null ? "" : " -r";
                lines.Add($"complete -c amoeba -n '__fish_seen_subcommand_from {string.Join(' ', command.Names)}'"
                    + $" -l {option.Name[2..]}{value} -d {Quoted(option.Help)}");
            }
        }

        return string.Join('\n', lines) + "\n";
    }

    private static string Options(CommandSpec command) =>
        string.Join(' ', command.Options.Concat(command.Everywhere).Select(option => option.Name));

    private static string Quoted(string text) => "'" + text.Replace("'", "\\'", StringComparison.Ordinal) + "'";
}
