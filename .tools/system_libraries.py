"""Checks that the shared libraries Qt and OpenCV need on Linux are there, and gets them if it may.

As root on Debian or Ubuntu they are installed by apt; otherwise the exact line to run is printed.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys

PACKAGES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-client.so.0": "libwayland-client0",
    "libSM.so.6": "libsm6",
    "libICE.so.6": "libice6",
}
FONT_PACKAGE = "fonts-dejavu-core"


def missing_packages() -> list[str]:
    """Return the Debian packages of the libraries that cannot be loaded."""
    missing = [package for library, package in PACKAGES.items() if not _loads(library)]
    # Without one font every text of the window is blank; Qt brings none of its own.
    if not _has_a_font():
        missing.append(FONT_PACKAGE)
    return missing


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_a_font() -> bool:
    folders = ("/usr/share/fonts", "/usr/local/share/fonts", os.path.expanduser("~/.fonts"))
    return any(
        name.lower().endswith((".ttf", ".otf", ".ttc"))
        for folder in folders
        for _, _, names in os.walk(folder)
        for name in names
    )


def main() -> int:
    """Return 0 when everything is there at the end."""
    if sys.platform != "linux":
        return 0
    missing = missing_packages()
    if not missing:
        return 0
    line = "apt-get install --yes --no-install-recommends " + " ".join(missing)
    if shutil.which("apt-get") is None:
        sys.stderr.write("Install what provides: " + " ".join(missing) + "\n")
        return 1
    if os.geteuid() != 0:
        sys.stderr.write(f"Libraries are missing. Run:\n  sudo {line}\n")
        return 1
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "--quiet"], check=True, env=environment)
    subprocess.run(line.split(), check=True, env=environment)
    return 1 if missing_packages() else 0


if __name__ == "__main__":
    sys.exit(main())
