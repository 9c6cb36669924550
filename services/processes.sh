# Running a server that this project started itself: its folder, its process, its end.
# Sourced by the file of each server, which names itself first: NAME (postgres), TITLE (PostgreSQL), USER_NAME (the user
# that a server started by root runs as). Progress and causes go to stderr: stdout carries environment lines alone.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
MARKET_HOME=$(realpath -m "${MARKET_HOME:-$ROOT/var}")
export MARKET_HOME
# What is ours about every server stands here: NAME.pid, NAME.log, and its data in NAME/ where its user may go.
RUN="$MARKET_HOME/services"

say() { echo "services: $*" >&2; }

fail() {
    say "$1"
    shift
    local line
    for line in "$@"; do say "  $line"; done
    exit 1
}

# The user that the server runs as: root never runs one itself, and anybody else can only be themselves.
server_user() {
    if [ "$(id -u)" = 0 ]; then echo "$USER_NAME"; else id -un; fi
}

as_server() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid "$USER_NAME" --regid "$(id -gn "$USER_NAME")" --init-groups -- "$@"
    else
        "$@"
    fi
}

# Prints the folder of the server's data. A server that runs as its own user may not be able to reach MARKET_HOME (a
# checkout below /root, for one); then the folder is below /var/lib, one for each MARKET_HOME.
folder() {
    local near="$RUN/$NAME" far
    far="/var/lib/marketflow/$(echo -n "$MARKET_HOME" | cksum | cut -d' ' -f1)/$NAME"
    mkdir -p "$RUN"
    # Asked as nobody, because the server's user may not exist yet when this is first asked.
    if [ "$(id -u)" != 0 ] || setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$RUN"; then
        echo "$near"
    elif [ -d "$near" ]; then
        fail "$TITLE's data is in $near, but $USER_NAME can no longer get there." \
            "Let that user through again: chmod o+x on each folder of that path."
    else
        echo "$far"
    fi
}

# Makes the folder, for the server's user alone, and says where it is when that is not MARKET_HOME.
make_folder() {
    local made=$1
    mkdir -p "$made"
    if [ "$(id -u)" = 0 ]; then chown "$USER_NAME:$(id -gn "$USER_NAME")" "$made"; fi
    chmod 700 "$made"
    case $made in "$RUN"/*) ;; *) say "$TITLE's data is in $made ($USER_NAME cannot reach $RUN)" ;; esac
}

# A process is known by its number and its start (in ticks since the machine's): a number alone may have been given to a
# stranger since. The start is the 20th word after the program's name, which is in brackets and may hold any character.
started_at() { { sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f20; } 2>/dev/null || true; }

# Prints the number of the process that NAME.pid (or the file named) is about, if it still lives and is that process.
pid_of() {
    local file="$RUN/${1:-$NAME}.pid" pid start
    [ -f "$file" ] || return 1
    { read -r pid && read -r start; } <"$file" || return 1
    # Without a start it had ended before it was looked at, and so would every number that is nobody's agree with it.
    [ -n "$pid" ] && [ -n "$start" ] && [ "$(started_at "$pid")" = "$start" ] || return 1
    # A zombie has ended; only its parent has not looked yet.
    case $(ps -o stat= -p "$pid") in Z*) return 1 ;; esac
    echo "$pid"
}

# launch PROCESS COMMAND…: starts the command in the background as the server's user, in a session of its own so that
# Ctrl+C in this terminal is not meant for it, and writes PROCESS.pid and PROCESS.log.
launch() {
    local process=$1 pid
    shift
    if [ "$(id -u)" = 0 ]; then
        set -- setpriv --reuid "$USER_NAME" --regid "$(id -gn "$USER_NAME")" --init-groups -- "$@"
    fi
    # From the root folder, because the caller's may be closed to that user; without our lock, which it would hold on to.
    (cd / && exec setsid "$@" 9>&-) </dev/null >>"$RUN/$process.log" 2>&1 &
    pid=$!
    printf '%s\n%s\n%s\n' "$pid" "$(started_at "$pid")" "$PORT" >"$RUN/$process.pid"
}

# Waits until the probe (a function) succeeds; a server that died meanwhile is a failure with the end of its log.
await_ready() {
    local probe=$1 seconds=$2 until=$((SECONDS + $2))
    until "$probe"; do
        if ! pid_of >/dev/null; then
            tail -n 15 "$RUN/$NAME.log" >&2
            fail "$TITLE ended while starting; the end of its log stands above." "The whole log: $RUN/$NAME.log"
        fi
        if [ $SECONDS -ge $until ]; then
            fail "$TITLE did not become ready within $seconds s." "Its log: $RUN/$NAME.log"
        fi
        sleep 0.2
    done
}

# Prints the process and all that descend from it: PostgreSQL's children are not in its process group.
family() {
    local child
    echo "$1"
    for child in $(ps -o pid= --ppid "$1"); do family "$child"; done
}

# Sends a signal to the server and all its processes.
signal_family() {
    local pid
    pid=$(pid_of) || fail "$TITLE is not running, or this project did not start it."
    # The answer of kill does not matter: a child may have ended between the listing and the signal.
    # shellcheck disable=SC2046
    kill "-$1" $(family "$pid") 2>/dev/null || true
}

# end PROCESS SIGNAL SECONDS: asks the process to end, and makes it end when it does not.
end() {
    local process=$1 signal=$2 until=$((SECONDS + $3)) pid relatives
    pid=$(pid_of "$process") || { rm -f "$RUN/$process.pid"; return 0; }
    relatives=$(family "$pid")
    # Paused processes hear nothing but CONT and KILL.
    # shellcheck disable=SC2086
    kill -CONT $relatives 2>/dev/null || true
    kill "-$signal" "$pid" 2>/dev/null || true
    while pid_of "$process" >/dev/null; do
        if [ $SECONDS -ge $until ]; then
            say "$process did not end within $3 s of SIG$signal: killing it"
            # shellcheck disable=SC2086
            kill -KILL $relatives 2>/dev/null || true
        fi
        sleep 0.1
    done
    rm -f "$RUN/$process.pid"
}

# Kills the server without warning, as a crash would, and waits until the last of its processes is gone.
crash() {
    local pid relatives relative
    pid=$(pid_of) || fail "$TITLE is not running, or this project did not start it."
    relatives=$(family "$pid")
    # shellcheck disable=SC2086
    kill -KILL $relatives 2>/dev/null || true
    for relative in $relatives; do
        while [ -d "/proc/$relative" ]; do
            case $(ps -o stat= -p "$relative") in Z* | "") break ;; esac
            sleep 0.05
        done
    done
    rm -f "$RUN/$NAME.pid"
}
