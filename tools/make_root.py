#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Make the default root file system: Debian's unmodified busybox-static and bash-static.

The packages are fetched by the machine's own package client and kept in build/packages; when
they cannot be fetched, the files of an installed package are taken, which are the same.
"""

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import cpio  # noqa: E402

PACKAGES = {"busybox-static": "bin/busybox", "bash-static": "bin/bash-static"}
FOLDERS = {
    "bin": 0o755,
    "dev": 0o755,
    "etc": 0o755,
    "mnt": 0o755,
    "proc": 0o555,
    "root": 0o700,
    "run": 0o755,
    "sbin": 0o755,
    "sys": 0o555,
    "tmp": 0o1777,
    "usr": 0o755,
    "usr/bin": 0o755,
    "usr/sbin": 0o755,
    "var": 0o755,
    "var/tmp": 0o1777,
}
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
    "etc/hostname": "vitrine\n",
    "etc/profile": "PS1='\\w \\$ '\nexport PS1\n",
}
DOWNLOAD_TIMEOUT_S = 300


class RootError(Exception):
    """The root file system could not be made. Says why."""


def package_file(package: str, path: str, cache: Path) -> Path:
    """A file of a package, unpacked in the cache."""
    wanted = cache / package / path
    if wanted.exists():
        return wanted
    cache.mkdir(parents=True, exist_ok=True)
    fetched = subprocess.run(
        ["apt-get", "download", "-q", package],
        cwd=cache,
        capture_output=True,
        text=True,
        timeout=DOWNLOAD_TIMEOUT_S,
        check=False,
    )
    archives = sorted(cache.glob(f"{package}_*.deb"))
    if archives:
        subprocess.run(["dpkg-deb", "-x", str(archives[-1]), str(cache / package)], check=True)
    elif (Path("/") / path).exists():
        return Path("/") / path
    if not wanted.exists():
        raise RootError(f"no {path} from package {package}: {fetched.stderr.strip()}")
    return wanted


def applet_paths(busybox: Path) -> list[str]:
    """Where busybox's applets live, relative to the root."""
    listed = subprocess.run(
        [str(busybox), "--list-full"], capture_output=True, text=True, check=True, timeout=60
    )
    return sorted(line for line in listed.stdout.split() if line != "bin/busybox")


def root_entries(cache: Path) -> list[cpio.Entry]:
    """All that the root file system holds."""
    programs = {name: package_file(name, path, cache) for name, path in PACKAGES.items()}
    busybox = programs["busybox-static"]
    entries = {name: cpio.folder_entry(name, mode) for name, mode in FOLDERS.items()}
    for name, text in FILES.items():
        entries[name] = cpio.file_entry(name, text.encode())
    entries["bin/busybox"] = cpio.file_entry("bin/busybox", busybox.read_bytes(), 0o755)
    for path in applet_paths(busybox):
        for parent in list(Path(path).parents)[-2::-1]:
            entries.setdefault(str(parent), cpio.folder_entry(str(parent)))
        if path not in entries:
            entries[path] = cpio.link_entry(path, "/bin/busybox")
    bash = programs["bash-static"].read_bytes()
    entries["bin/bash"] = cpio.file_entry("bin/bash", bash, 0o755)
    return [entries[name] for name in sorted(entries, key=lambda name: Path(name).parts)]


def main() -> None:
    """Write the archive."""
    parser = argparse.ArgumentParser(description="make the default root file system")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "build" / "root.cpio")
    parser.add_argument("--packages", type=Path, default=ROOT / "build" / "packages")
    options = parser.parse_args()
    try:
        archive = cpio.write_archive(root_entries(options.packages))
    except (RootError, OSError, subprocess.SubprocessError) as error:
        sys.exit(f"make_root: {error}")
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_bytes(archive)


if __name__ == "__main__":
    main()
