# The same servers in containers, where a Docker engine answers: compose.yaml says how each is run.

# A server that docker compose runs for us is marked by this file, in place of a pid file.
compose_mark() { echo "$RUN/$NAME.compose"; }

in_container() { [ -f "$(compose_mark)" ]; }

engine_answers() {
    command -v docker >/dev/null && timeout 10 docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1
}

compose() { docker compose --project-directory "$ROOT" --file "$ROOT/compose.yaml" "$@" >&2 9>&-; }

compose_up() {
    mkdir -p "$RUN"
    say "starting $TITLE in a container (its data is in Docker's volume marketflow_$NAME)"
    touch "$(compose_mark)"
    compose up --detach --wait "$NAME" ||
        fail "Docker could not start $TITLE; its words stand above." "Its log: docker compose logs $NAME"
}

compose_verb() {
    case $1 in
    start) compose up --detach --wait "$NAME" ;;
    stop) compose stop "$NAME" ;;
    crash) compose kill "$NAME" ;;
    pause) compose pause "$NAME" ;;
    resume) compose unpause "$NAME" ;;
    wipe) compose rm --stop --force "$NAME" && docker volume rm --force "marketflow_$NAME" >&2 ;;
    pid) docker inspect --format '{{.State.Pid}}' "$(docker compose --project-directory "$ROOT" ps --quiet "$NAME")" ;;
    esac
}
