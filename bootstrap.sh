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

# What a folder of installed things was installed from: the checksums of the files that say so.
checksums() { cksum "$@" | cksum; }

# Node 20 or newer with npm on the PATH of what follows: the system's, else one from PyPI in .venv.
has_node() { node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null 2>&1; }

find_node() {
    [ -z "${CST_NODE:-}" ] || PATH="$CST_NODE:$PATH"
    if has_node; then return; fi
    (bootstrap requirements-node.lock) && PATH="$PWD/.venv/bin:$PATH" && has_node
}

# npm_packages [--omit=dev]: what package-lock.json names, without running anything that comes with it.
npm_packages() {
    wanted="$(checksums miniapp_stubs/package-lock.json) ${1:-all}"
    case "$(cat miniapp_stubs/node_modules/.installed 2>/dev/null)" in
        "$wanted" | "${wanted% *} all") return ;;
    esac
    say "Installing miniapp_stubs/package-lock.json into miniapp_stubs/node_modules (once) ..."
    said=$(cd miniapp_stubs && npm ci --ignore-scripts --no-audit --no-fund --prefer-offline --fetch-retries=1 \
        --fetch-retry-mintimeout=1000 --fetch-timeout=30000 --loglevel=error "$@" 2>&1) || {
        why="npm: $(printf '%s\n' "$said" | sed -n 's/^npm error code //p' | head -n 1)"
        return 1
    }
    printf '%s' "$wanted" >miniapp_stubs/node_modules/.installed
}

app_sources() {
    find miniapp_stubs/package-lock.json miniapp_stubs/miniprogram miniapp_stubs/web -type f \
        ! -path '*/miniprogram_npm/*' ! -path '*/tests/*' -exec cksum {} + | sort | cksum
}

# Builds the citizens' app for browsers when its sources are others than those of the last build. Fails with the reason
# in $why.
build_app() {
    sources=$(app_sources)
    [ "$sources" != "$(cat miniapp_stubs/dist/.sources 2>/dev/null)" ] || return 0
    find_node || { why="no Node.js 20 or newer, and none from PyPI"; return 1; }
    npm_packages --omit=dev || return 1
    said=$(cd miniapp_stubs && node web/build.mjs 2>&1) || {
        why=$(printf '%s' "$said" | grep -m 1 -E 'rror' || printf '%s' "$said" | tail -n 1)
        return 1
    }
    say "$said"
    printf '%s' "$sources" >miniapp_stubs/dist/.sources
}

# What the tests of the citizens' app need besides: a browser with Chinese letters, Node.js and its packages, the app.
test_tools() {
    find_chromium >/dev/null || install_debian chromium
    has_chinese_letters || install_debian fonts-noto-cjk
    find_node || { say "Please install Node.js 20 or newer first; CST_NODE says in which folder it is."; exit 1; }
    npm_packages && build_app || { say "The citizens' app cannot be tested: $why"; exit 1; }
}

find_chromium() {
    for candidate in "${CST_CHROMIUM:-}" chromium chromium-browser google-chrome; do
        [ -n "$candidate" ] && command -v "$candidate" 2>/dev/null && return
    done
    return 1
}

has_chinese_letters() { [ -n "$(fc-list :lang=zh-cn family 2>/dev/null)" ]; }
