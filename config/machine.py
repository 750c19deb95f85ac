"""What must this machine have before the Python packages help, and how does it get it?

``python3 config/machine.py run`` (or ``test``) finds what is missing. On Debian
and its relatives it installs that through apt when it is root or may become it
without a password; anywhere else it names the exact line to type and stops.
Standard library only, since it runs before anything is installed.
"""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple


class Need(NamedTuple):
    """Something the machine must have, and each system's package of it."""

    present: Callable[[], bool]
    debian: str
    macos: str
    fedora: str


def _library(*names: str) -> Callable[[], bool]:
    def present() -> bool:
        folders = ("", "/opt/homebrew/lib/", "/usr/local/lib/") if sys.platform == "darwin" else ("",)
        return any(_loads(folder + name) for folder in folders for name in names)

    return present


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _program(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name) for name in names)


def _certificates() -> bool:
    return sys.platform == "darwin" or any(Path("/etc/ssl/certs").glob("*"))


def _postgresql() -> bool:
    return bool(shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb")))


def _redis() -> bool:
    # Below Python 3.13 the set-up has one from a wheel.
    return sys.version_info < (3, 13) or bool(shutil.which("redis-server"))


def _nginx() -> bool:
    # Ordinary users' PATH leaves the folder out on Debian.
    return bool(shutil.which("nginx") or Path("/usr/sbin/nginx").exists())


def _fonts(*names: str) -> Callable[[], bool]:
    """Other systems bring letters of many scripts along; Debian's smallest installation brings none."""

    def present() -> bool:
        return sys.platform == "darwin" or all(any(Path("/usr/share/fonts").rglob(name)) for name in names)

    return present


def _chromium() -> bool:
    macos = Path("/Applications/Chromium.app/Contents/MacOS/Chromium")
    return macos.exists() or _program("chromium", "chromium-browser")()


def _office() -> bool:
    return Path("/Applications/LibreOffice.app").exists() or _program("soffice")()


RUN = (
    Need(lambda: bool(find_spec("ensurepip")), "python3-venv", "", ""),
    Need(_certificates, "ca-certificates", "", ""),
    Need(_redis, "redis-server", "redis", "redis"),
    Need(_library("libpango-1.0.so.0", "libpango-1.0.dylib"), "libpango-1.0-0", "pango", "pango"),
    Need(_library("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"), "libpangoft2-1.0-0", "pango", "pango"),
    Need(
        _library("libharfbuzz-subset.so.0", "libharfbuzz-subset.dylib"), "libharfbuzz-subset0", "harfbuzz", "harfbuzz"
    ),
    # Names and notes in scripts that Inter does not have, for the dossier.
    Need(_fonts("DejaVuSans.ttf"), "fonts-dejavu-core", "", "dejavu-sans-fonts"),
    Need(_fonts("DroidSansFallback*.ttf"), "fonts-droid-fallback", "", "google-droid-sans-fonts"),
    Need(_fonts("FreeSerif.*"), "fonts-freefont-ttf", "", "gnu-free-serif-fonts"),
)
TEST = (
    *RUN,
    Need(_postgresql, "postgresql", "postgresql", "postgresql-server"),
    # Also where a wheel's would do to run: tests stop, hang and promote servers as new as production's.
    Need(_program("redis-server"), "redis-server", "redis", "redis"),
    Need(_chromium, "chromium", "--cask chromium", "chromium"),
    # Saves our spreadsheets again as people's programs do.
    Need(_office, "libreoffice-calc", "--cask libreoffice", "libreoffice-calc"),
    Need(_program("pdftoppm"), "poppler-utils", "poppler", "poppler-utils"),
    # The proxy of production, and what fills in its settings.
    Need(_nginx, "nginx", "nginx", "nginx"),
    Need(_program("envsubst"), "gettext-base", "gettext", "gettext"),
    # The cluster test's hosts are network namespaces; elsewhere they are folders and addresses.
    Need(lambda: sys.platform == "darwin" or _program("ip")(), "iproute2", "", "iproute"),
)


def missing(needs: tuple[Need, ...]) -> list[Need]:
    return [need for need in needs if not need.present()]


def install_line(needs: list[Need]) -> str:
    """Return the command that gets ``needs`` on this kind of system."""
    if sys.platform == "darwin":
        return "brew install " + _words(need.macos for need in needs)
    if shutil.which("dnf"):
        return "dnf install " + _words(need.fedora for need in needs)
    return "apt-get install --no-install-recommends --yes " + _words(need.debian for need in needs)


def provide(needs: tuple[Need, ...]) -> None:
    """Install what is missing, or exit with the line to type."""
    lacking = missing(needs)
    if not lacking:
        return
    line = install_line(lacking)
    as_root = _as_root()
    if as_root is None or not line.startswith("apt-get"):
        sys.exit(
            f"This machine lacks packages Countersign needs. Install them, then try again:\n\n    {_typed(line)}\n"
        )
    print(f"Installing system packages: {_typed(line)}", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in ("apt-get update -qq", line.replace("install", "install -qq", 1)):
        if subprocess.run([*as_root, *command.split()], env=environment, check=False).returncode:
            sys.exit(f"`{command}` failed. Install the packages by hand, then try again:\n\n    {_typed(line)}\n")
    if still := missing(needs):
        sys.exit(f"Installed, and yet not found: {_words(need.debian for need in still)}.")


def _words(names) -> str:
    return " ".join(sorted({name for name in names if name}))


def _typed(line: str) -> str:
    return line if line.startswith("brew") or os.getuid() == 0 else f"sudo {line}"


def _as_root() -> list[str] | None:
    """Return what to put before a command to run it as root; None when that is not possible here."""
    if os.getuid() == 0:
        return []
    if shutil.which("sudo") and not subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode:
        return ["sudo", "-n", "DEBIAN_FRONTEND=noninteractive"]
    return None


if __name__ == "__main__":
    provide({"run": RUN, "test": TEST}[sys.argv[1]])
