# Makes .venv and installs a lock file into it, once. Sourced by ./run and ./test.
# Needs Python 3.11 or newer with venv; on Debian as root it installs what is missing, else it says what to install.

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for candidate in "${CST_PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$candidate"
            return
        fi
    done
    return 1
}

install_debian() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        say "Please install $1 first (on Debian: sudo apt-get install $1)."
        exit 1
    fi
    say "Installing $1 ..."
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$1"; } >/dev/null || {
        say "Installing $1 failed; please install it by hand."
        exit 1
    }
}

make_venv() {
    python=$(find_python) || { install_debian python3; python=$(find_python); } || {
        say "Python 3.11 or newer is needed."
        exit 1
    }
    "$python" -c 'import venv, ensurepip' 2>/dev/null || install_debian python3-venv
    rm -rf .venv
    "$python" -m venv .venv
}

# bootstrap LOCK: a stamp in .venv remembers each lock file that is installed, by its checksum.
bootstrap() {
    wanted=$(cksum <"$1")
    [ "$(cat ".venv/installed-$1" 2>/dev/null)" = "$wanted" ] && return
    # Two terminals may start at once on a fresh checkout: one installs, the other waits.
    exec 9>.bootstrap.lock
    command -v flock >/dev/null 2>&1 && flock 9
    if [ "$(cat ".venv/installed-$1" 2>/dev/null)" != "$wanted" ]; then
        .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || make_venv
        say "Installing $1 into .venv (about a minute, once) ..."
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$1" >&2
        printf '%s' "$wanted" >".venv/installed-$1"
    fi
    exec 9>&-
}
