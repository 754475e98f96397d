namespace Amoeba.Processes;

/// <summary>
/// What the guardian does, in POSIX shell: $1 is the entry in the environment that all have whom it is to end, $2 the
/// entry of those among them that are to be left alone (empty: none), $3 the parent's id, the rest the folders that may
/// hold its control groups, descriptor 3 the pipe, 4 the lock where there is one, AMOEBA_SCRATCH a folder to remove in
/// the end. It has no standard streams of the parent, so that nobody waits for it who waits for the parent's output.
/// </summary>
internal static class GuardianScript
{
    internal const string Text = """
        trap '' HUP INT QUIT TERM PIPE USR1 USR2
        word=; rest=; last=
        while read -r word rest <&3; do
          case $word in
            done) exit 0 ;;
            last) last=$rest ;;
          esac
        done
        exec 3<&-
        cookie=$1; mark=$2; id=$3; shift 3; places=$*

        # Prints the /proc/N/environ files, of those given, that have this exact entry.
        with() {
          entry=$1; shift
          if [ -n "$byzero" ]; then grep -lsxzF -e "$entry" -- "$@" 4<&-
          else
            for file; do
              tr '\000' '\n' <"$file" 4<&- | grep -qsxF -e "$entry" 4<&- && echo "$file"
            done
          fi
        } 2>/dev/null

        byzero=
        if [ "$(printf 'a\000b\000' 4<&- | grep -cxzF -e b 2>/dev/null 4<&-)" = 1 ]; then byzero=1; fi

        # Sets $ours to every process of the parent: by cookie, by session of one of these, by descent; not detached.
        find_ours() {
          ours=' '; sessions=' '; apart=' '
          files=$(with "$cookie" /proc/[0-9]*/environ)
          [ -n "$files" ] || return 0
          [ -z "$mark" ] || for file in $(with "$mark" $files); do p=${file#/proc/}; apart="$apart${p%/environ} "; done
          for file in $files; do
            p=${file#/proc/}; p=${p%/environ}
            case $apart in *" $p "*) ;; *) ours="$ours$p " ;; esac
          done
          table=$(cat /proc/[0-9]*/stat 2>/dev/null 4<&-)
          before=
          while [ "$ours" != "$before" ]; do
            before=$ours
            while read -r line; do
              p=${line%% *}
              set -- ${line##*) }
              case $1 in Z|X) continue ;; esac
              case $apart in *" $p "*) continue ;; esac
              case $ours in *" $p "*)
                # A session of 0 is one outside our namespace, and the kernel's own threads have it too.
                case "$sessions 0 " in *" $4 "*) ;; *) sessions="$sessions$4 " ;; esac
                continue ;;
              esac
              case $sessions in *" $4 "*) ours="$ours$p "; continue ;; esac
              case $ours in *" $2 "*) ours="$ours$p " ;; esac
            done <<EOF
        $table
        EOF
          done
        }

        # Kills what is in the parent's control groups, whatever it shed, and removes those that are empty. Sets $held where
        # one is not yet: what was killed is in it for some moments more.
        end_groups() {
          held=
          for place in $places; do
            for group in "$place/amoeba-$id".*; do
              [ -f "$group/cgroup.procs" ] || continue
              p=$(cat "$group/cgroup.procs" 4<&-)
              # This shell itself may have been moved into the group that is the parent's own.
              case "
        $p
        " in *"
        $$
        "*) continue ;; esac
              if [ -n "$p" ]; then
                [ -w "$group/cgroup.kill" ] && echo 1 >"$group/cgroup.kill"
                kill -9 $p
              fi
              rmdir "$group" 4<&- || held=1
            done
          done
        } 2>/dev/null

        # What a daemon runs for the parent is ended in words that the parent left, once its clients are killed; beside the
        # rest, because no signal ends what that daemon holds frozen.
        saying=
        say_last() {
          [ -n "$last" ] || return 0
          (eval "$last") 4<&- </dev/null >/dev/null 2>&1 &
          saying=$!
        }

        # Twice nothing, with a pause between, is nothing: a program may be on its way from fork to exec. A group that
        # cannot be removed, because a program made others in it, is not waited for.
        empty=0; round=0
        while [ $empty -lt 2 ] && [ $round -lt 300 ]; do
          round=$((round + 1))
          [ $round -ne 2 ] || say_last
          end_groups
          find_ours
          [ $round -lt 40 ] || held=
          if [ "$ours$held" = ' ' ]; then empty=$((empty + 1)); else empty=0; kill -9 $ours 2>/dev/null; fi
          [ $empty -lt 2 ] && sleep 0.05 4<&-
        done
        end_groups

        # Nobody waits longer for a daemon that hangs.
        round=0
        while [ -n "$saying" ] && kill -0 "$saying" 2>/dev/null && [ $round -lt 200 ]; do round=$((round + 1)); sleep 0.05 4<&-; done
        if [ -n "$AMOEBA_SCRATCH" ]; then rm -rf -- "$AMOEBA_SCRATCH" 4<&-; fi
        exit 0
        """;
}
