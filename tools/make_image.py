#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Make a bootable ISO: GRUB, the kernel, modules, and the command line.

GRUB's core image holds only the modules that read the CD and start a Multiboot2 kernel, and
its configuration (boot/grub.cfg.in, filled in): there is no menu to wait for. The image is
fresh for each run; the same parts give the same bytes.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

ROOT = Path(__file__).resolve().parent.parent
GRUB_CONFIGURATION = ROOT / "boot" / "grub.cfg.in"
GRUB_MODULES = (
    *("biosdisk", "iso9660", "multiboot2", "boot"),  # read the CD, start the kernel
    *("terminal", "serial", "terminfo", "halt"),  # say why it could not be, and stop
)
STEP_TIMEOUT_S = 60
SOURCE_DATE = os.environ.get("SOURCE_DATE_EPOCH", "1")  # xorriso takes 0 for none


class ImageError(Exception):
    """The image could not be made. Says by what."""


@dataclass(frozen=True)
class Module:
    """A file that GRUB loads beside the kernel; the kernel knows it by its word."""

    word: str
    data: bytes | Path


def split_command_line(text: str) -> list[str]:
    """The words of a command line as the kernel splits it: quotes group, backslash keeps."""
    words: list[str] = []
    word: list[str] | None = None
    is_quoted = False
    characters = iter(text)
    for character in characters:
        if character in " \t\n" and not is_quoted:
            if word is not None:
                words.append("".join(word))
            word = None
            continue
        word = [] if word is None else word
        if character == "\\":
            word.append(next(characters, ""))
        elif character == '"':
            is_quoted = not is_quoted
        else:
            word.append(character)
    if word is not None:
        words.append("".join(word))
    return words


def quote_for_grub(word: str) -> str:
    """The word as GRUB's configuration writes it, so that nothing in it is special."""
    if "\n" in word or "\0" in word:
        raise ImageError(f"no line break can be on the kernel's command line: {word!r}")
    return "'" + word.replace("'", "'\\''") + "'"


def grub_configuration(command_line: str, modules: Sequence[Module]) -> str:
    """boot/grub.cfg.in filled in."""
    words = " ".join(quote_for_grub(word) for word in split_command_line(command_line))
    lines = [f"module2 /boot/module{i} {module.word}" for i, module in enumerate(modules)]
    template = GRUB_CONFIGURATION.read_text()
    return template.replace("@COMMAND_LINE@", words).replace("@MODULES@", "\n".join(lines))


def run_step(command: Sequence[str]) -> None:
    """Run one of the image's makers; its messages show only when it fails."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": SOURCE_DATE, "LC_ALL": "C"}
    try:
        subprocess.run(
            command,
            check=True,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=STEP_TIMEOUT_S,
        )
    except FileNotFoundError as error:
        raise ImageError(f"{command[0]} is not installed: `make deps` does it") from error
    except subprocess.CalledProcessError as error:
        output = error.stdout.decode(errors="replace").strip()
        raise ImageError(f"{command[0]} failed:\n{output}") from error
    except subprocess.TimeoutExpired as error:
        raise ImageError(f"{command[0]} did not end in {STEP_TIMEOUT_S} s") from error


def make_image(output: Path, kernel: Path, command_line: str, modules: Sequence[Module]) -> None:
    """Write the ISO."""
    with tempfile.TemporaryDirectory(prefix="vitrine-image-") as folder:
        tree = Path(folder) / "tree"
        boot = tree / "boot"
        boot.mkdir(parents=True)
        configuration = Path(folder) / "grub.cfg"
        configuration.write_text(grub_configuration(command_line, modules))
        run_step(
            ["grub-mkimage", "-O", "i386-pc-eltorito", "-o", str(boot / "grub.img")]
            + ["-p", "/boot", "-c", str(configuration), *GRUB_MODULES]
        )
        shutil.copyfile(kernel, boot / "vitrine")
        for i, module in enumerate(modules):
            path = boot / f"module{i}"
            if isinstance(module.data, Path):
                shutil.copyfile(module.data, path)
            else:
                path.write_bytes(module.data)
        run_step(
            ["xorriso", "-report_about", "WARNING", "-as", "mkisofs", "-quiet", "-R"]
            + ["-V", "VITRINE", "-o", str(output), "-b", "boot/grub.img", "-no-emul-boot"]
            + ["-boot-load-size", "4", "-boot-info-table"]
            + ["--set_all_file_dates", f"={SOURCE_DATE}", str(tree)]
        )


def main() -> None:
    """Make an ISO from the command line."""
    parser = argparse.ArgumentParser(description="make a bootable ISO of the kernel")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--kernel", type=Path, default=ROOT / "build" / "vitrine.stripped")
    parser.add_argument("--append", default="", help="the kernel's command line")
    parser.add_argument("modules", nargs="*", metavar="WORD=FILE", help="e.g. initrd=root.cpio")
    options = parser.parse_args()
    modules = []
    for text in options.modules:
        word, _, path = text.partition("=")
        modules.append(Module(word, Path(path)))
    try:
        make_image(options.output, options.kernel, options.append, modules)
    except (ImageError, OSError) as error:
        sys.exit(f"make_image: {error}")


if __name__ == "__main__":
    main()
