# What every server of ours can be told. The file of a server names itself (NAME, TITLE, USER_NAME), says
#   URL          where it is looked for, as the settings have it; OUR_URL where it is when this project starts it
#   SETTINGS     the names of those settings, for error messages: the address, the port
#   packages     prints the Debian packages that it lacks, if any
#   prepare      makes its folder ready, the first time and every other
#   run          launches it; WAIT_SECONDS says how long it may take to be ready, STOP_SIGNAL what ends it
#   environment  the lines KEY=VALUE that lead to it
# and then calls: serve "$@".
SERVICES=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=services/processes.sh
. "$SERVICES/processes.sh"
# shellcheck source=services/packages.sh
. "$SERVICES/packages.sh"
# shellcheck source=services/containers.sh
. "$SERVICES/containers.sh"

serve() {
    case ${1:-} in
    up) up ;;
    lacks | answers | environment) "$1" ;;
    start | stop | crash | pause | resume | wipe | pid)
        # These are about the server that is ours, whatever address the settings lead to.
        URL=$OUR_URL
        if in_container; then compose_verb "$1"; else "$1"; fi
        ;;
    restart) "$0" stop && "$0" start ;;
    *) fail "usage: $0 up|start|stop|restart|crash|pause|resume|wipe|pid|answers|environment" ;;
    esac
}

# Whether the server is there, ready and lets us in: 0 yes, 1 nobody listens, 2 something else does, 3 we are refused.
answers() { python3 "$SERVICES/answers.py" "$URL" && lets_us_in; }

# A server whose user the probe cannot try says here whether it lets us in.
lets_us_in() { :; }

ready() { answers 2>/dev/null; }

# Prints the packages without which it could not be brought up here: none where it answers or an engine carries it.
lacks() {
    local outcome=0
    answers 2>/dev/null || outcome=$?
    if [ $outcome = 1 ] && ! engine_answers; then needs; fi
}

# Every server needs ps to be known and ended by, which small images of Debian come without.
needs() {
    missing_packages ps procps
    packages
}

up() {
    local reason outcome=0
    reason=$(answers 2>&1) || outcome=$?
    case $outcome in
    0) say "$TITLE answers already ($(environment | paste -sd' '))" ;;
    1) bring_up ;;
    *)
        # Ours may still be starting; what refuses us at another address will not change its mind by waiting.
        if [ "$URL" = "$OUR_URL" ] && pid_of >/dev/null; then
            start
        else
            fail "$TITLE cannot be used: $reason" "$(way_out $outcome)"
        fi
        ;;
    esac
    environment
}

bring_up() {
    if [ "$URL" != "$OUR_URL" ]; then
        fail "${SETTINGS% *} names ${URL#kafka://}, and nobody answers there." \
            "Start that server, or unset ${SETTINGS% *} to have one started here (${OUR_URL#kafka://})."
    fi
    if ! pid_of >/dev/null && engine_answers; then
        compose_up
    else
        # Of an engine that has gone since; whoever stops the server must not ask that one.
        rm -f "$(compose_mark)"
        start
    fi
}

way_out() {
    case $1 in
    3) echo "Let that user in, or name another address by ${SETTINGS% *}, or another port by ${SETTINGS#* }." ;;
    *) echo "Stop what listens there, or choose another port: ${SETTINGS#* }=$(($PORT + 1)) make services" ;;
    esac
}

start() {
    local began=$SECONDS pid port
    if pid=$(pid_of); then
        port=$(sed -n 3p "$RUN/$NAME.pid")
        [ "$port" = "$PORT" ] ||
            fail "$TITLE runs already (pid $pid), on port $port instead of $PORT." "Stop it first: services/$NAME stop"
        case $(ps -o stat= -p "$pid") in
        T*) fail "$TITLE runs (pid $pid) but is paused." "Wake it: services/$NAME resume" ;;
        esac
        say "$TITLE runs already (pid $pid)"
    else
        # shellcheck disable=SC2046
        install_packages $(needs)
        prepare
        run
        say "starting $TITLE (pid $(pid_of || echo gone), log $RUN/$NAME.log)"
    fi
    await_ready ready "$WAIT_SECONDS"
    say "$TITLE is ready after $((SECONDS - began)) s"
}

stop() { end "$NAME" "$STOP_SIGNAL" 60; }

pause() { signal_family STOP; }

resume() { signal_family CONT; }

pid() { pid_of || fail "$TITLE is not running, or this project did not start it."; }

# Deletes the server's data, as if its disk had been lost. The next start begins with nothing.
wipe() {
    if pid_of >/dev/null; then crash; fi
    local place
    place=$(folder)
    rm -rf "$place/data"
}
