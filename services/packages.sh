# Installing Debian packages, without letting them start servers of their own.

# missing_packages COMMAND PACKAGE…: prints the packages unless the command (a path or a name) is there already.
missing_packages() {
    local command=$1
    shift
    if ! command -v "$command" >/dev/null; then echo "$@"; fi
}

# Debian asks the one before it starts what it has installed, and the other before it makes PostgreSQL's default cluster.
POLICY=/usr/sbin/policy-rc.d
CLUSTER=/etc/postgresql-common/createcluster.d/marketflow.conf
POLICY_IS_OURS='# Of services/packages.sh, while it installs.'

# stop_servers_from_starting [SUDO]: a policy that is there already is somebody's own, unless a set-up of ours was killed.
stop_servers_from_starting() {
    if [ ! -e $POLICY ] || grep -qxF "$POLICY_IS_OURS" $POLICY; then
        # 101 means: this action is not allowed.
        printf '#!/bin/sh\n%s\nexit 101\n' "$POLICY_IS_OURS" | "$@" tee $POLICY && "$@" chmod 755 $POLICY || return
    fi
    "$@" mkdir -p "${CLUSTER%/*}" && echo 'create_main_cluster = false' | "$@" tee $CLUSTER
}

# take_back [SUDO]: removes both again.
take_back() {
    "$@" rm -f $CLUSTER
    if grep -qsxF "$POLICY_IS_OURS" $POLICY; then "$@" rm -f $POLICY; fi
}

# Installs the packages named. A freshly installed server would otherwise start itself on every address, now (where
# there is an init system) and at the next boot; both are prevented, for the packages that come with this call alone.
install_packages() {
    [ $# -gt 0 ] || return 0
    local as_root=() before
    command -v apt-get >/dev/null ||
        fail "This machine lacks $* and has no apt-get." \
            "Install them by its own means, or start Docker, or name servers that run elsewhere:" \
            "DATABASE_URL, AMQP_URL, KAFKA_BROKERS, CHROMIUM."
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null && sudo -n true 2>/dev/null ||
            fail "Installing $* needs root, and sudo is not there or asks for a password." \
                "Run once as root: apt-get update && apt-get install --no-install-recommends $*" \
                "or start Docker, or name servers that run elsewhere: DATABASE_URL, AMQP_URL, KAFKA_BROKERS, CHROMIUM."
        as_root=(sudo)
    fi
    say "installing $* (Debian packages; the log is $RUN/packages.log)"
    mkdir -p "$RUN"
    before=$(dpkg-query -W -f '${Package}\n' 2>/dev/null || true)
    local outcome=0
    (
        # Told to end, we let apt-get end first, and then take back what would keep every other server from starting, too.
        trap 'exit 143' HUP INT TERM
        trap 'take_back "${as_root[@]}"' EXIT
        stop_servers_from_starting "${as_root[@]}" &&
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update &&
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
    ) </dev/null >"$RUN/packages.log" 2>&1 9>&- || outcome=$?
    if [ $outcome != 0 ]; then
        tail -n 15 "$RUN/packages.log" >&2
        fail "apt-get could not install $*; the end of its log stands above." "The whole log: $RUN/packages.log"
    fi
    # Where systemd rules, what came with this call would start at the next boot: it is only wanted from here.
    if [ -d /run/systemd/system ]; then
        local package unit
        for package in rabbitmq-server:rabbitmq-server.service erlang-base:epmd.socket erlang-base:epmd.service; do
            unit=${package#*:}
            if ! grep -qx "${package%%:*}" <<<"$before" && systemctl is-enabled --quiet "$unit" 2>/dev/null; then
                "${as_root[@]}" systemctl disable --quiet "$unit" >&2
            fi
        done
    fi
}
