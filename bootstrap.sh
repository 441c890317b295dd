# Makes .venv and installs a lock file into it, once. Sourced by ./run and ./test.
# Needs Python 3.11 or newer with venv; on Debian as root it installs what is missing, else it says what to install.
# CST_PYTHON names the Python to use, if not the first that is found.

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
        say "Please install $* first (on Debian: sudo apt-get install $*)."
        exit 1
    fi
    say "Installing $* ..."
    said=$({ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } 2>&1) || {
        say "$said"
        say "Installing $* failed; please install it by hand."
        exit 1
    }
}

has_venv() { "$python" -c 'import venv, ensurepip' 2>/dev/null; }

make_venv() {
    if ! python=$(find_python); then
        install_debian python3 python3-venv
        python=$(find_python) || {
            say "Python 3.11 or newer is needed; CST_PYTHON says where one is."
            exit 1
        }
    fi
    has_venv || install_debian python3-venv
    has_venv || {
        say "$python has no module venv; CST_PYTHON says where another Python is."
        exit 1
    }
    rm -rf .venv
    "$python" -m venv .venv
}

# What is installed: the lock file's checksum, and the Python it is installed for.
fingerprint() { printf '%s %s' "$(cksum <"$1")" "$(.venv/bin/python -V 2>/dev/null)"; }

installed() { [ "$(cat ".venv/installed-$1" 2>/dev/null)" = "$(fingerprint "$1")" ]; }

usable() { .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# bootstrap LOCK: a stamp in .venv remembers each lock file that is installed.
bootstrap() {
    if installed "$1"; then return; fi
    # Two terminals may start at once on a fresh checkout: one installs, the other waits.
    exec 9>.bootstrap.lock
    if command -v flock >/dev/null 2>&1; then
        flock -n 9 || { say "Another terminal is installing; waiting for it ..." && flock 9; }
    fi
    if ! installed "$1"; then
        usable || make_venv
        say "Installing $1 into .venv (about a minute, once) ..."
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$1" >&2
        fingerprint "$1" >".venv/installed-$1"
    fi
    exec 9>&-
}
