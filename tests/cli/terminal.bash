# SPDX-License-Identifier: MIT
# A real terminal for tests of `live`: tmux draws it, and what stands on its screen is read back. Every test has a tmux server of its own.
# shellcheck disable=SC2119,SC2120 # `screen` gets flags of capture-pane from those who load this

setup()
{
    command -v tmux >/dev/null || skip "tmux is not installed"
    export LC_ALL=C.UTF-8
    unset TMUX NO_COLOR
    server=coherence-$$-$BATS_TEST_NUMBER
    cd "$BATS_TEST_TMPDIR" || exit 1
    printf 'set -g status off\nset -g default-shell /bin/sh\nset -g escape-time 0\n' >tmux.conf
}

teardown()
{
    [ -z "$server" ] || tmux -L "$server" kill-server 2>/dev/null || true
}

tm()
{
    tmux -u -L "$server" -f tmux.conf "$@"
}

# start WIDTH HEIGHT ASSIGNMENT... -- ARGUMENT...: runs the program in a new window; notes its process id, its exit status and the terminal's modes.
start()
{
    local width=$1 height=$2 variables=
    shift 2
    while [ "$1" != -- ]; do
        variables="$variables $1"
        shift
    done
    shift
    cat >run.sh <<END
trap : INT
stty -a >modes.before
echo this was here before
sh -c 'echo \$\$ >pid; exec env $variables "$COHERENCE" live $*'
echo \$? >status
stty -a >modes.after
exec cat
END
    tm new-session -d -s t -x "$width" -y "$height" 'sh run.sh'
}

screen()
{
    tm capture-pane -p -t t "$@"
}

holds()
{
    screen | grep -qF -- "$1"
}

# shows TEXT [SECONDS]: waits until the screen holds TEXT.
shows()
{
    patiently "${2:-5}" holds "$1" || { echo "'$1' is not on the screen:"; screen; return 1; }
}

hides()
{
    ! holds "$1"
}

keys()
{
    tm send-keys -t t "$@"
}

# ended STATUS: the program is gone, and the terminal is as it was.
ended()
{
    patiently 5 [ -s modes.after ]
    [ "$(cat status)" -eq "$1" ]
    cmp modes.before modes.after
    shows 'this was here before'
    hides 'SEIZURE'
    [ "$(tm display-message -p -t t '#{cursor_flag} #{alternate_on}')" = '1 0' ]
}
