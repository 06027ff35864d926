#!/usr/bin/env python3
"""The course in one command: `python3 course.py lab | test | notebooks | bench`. Standard library only, the same on Linux, macOS and Windows.

The first call makes `.venv` beside this file and installs into it; a later one takes seconds. Whatever fails on the way leaves nothing half made.
"""

import sys

if sys.version_info < (3, 10):  # noqa: UP036  (old Pythons must be able to read this far, to be told)
    sys.stderr.write("course.py needs Python 3.10 or newer; this is " + sys.version.split()[0] + " (" + sys.executable + ").\n")
    sys.exit("Get one from https://www.python.org/downloads/ and call course.py with it.")

import argparse
import contextlib
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "nastutor.json"  # written last: what was installed, for which pyproject.toml, in which folder
MAKING = VENV / "nastutor-making"  # there while the first installation runs: a folder that still holds it is half made
CHAPTER = ROOT / "notebooks" / "ch00_welcome.ipynb"
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"  # https://pytorch.org/get-started/locally, "CPU"
OFFLINE = r"name resolution|getaddrinfo|NewConnectionError|Connection refused|Network is unreachable|timed out|ProxyError|Max retries"
REASONS = {  # what pip says -> what to do about it
    r"No space left|not enough space": "the disk is full: make room, or take the small CPU build of torch with --cpu",
    OFFLINE: "no network, or the package index does not answer: try again when you are online",
    r"externally-managed-environment": "this Python belongs to the system, which does not want packages installed into it: leave out --here",
    r"Permission denied|Read-only file system": "a folder cannot be written: work in a copy of the course in a folder of your own",
    "": "pip could not install the packages; its reason stands above",
}


class Trouble(Exception):
    """Something that the user can mend; its text says how."""


# ---------------------------------------------------------------- the environment


def python_of(venv: Path) -> Path:
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def sizes(cpu: bool) -> tuple[float, float]:
    """GB to download and GB on disk, rounded up from an installation of torch 2.14: the CUDA build brings NVIDIA's libraries along."""
    cuda = sys.platform == "linux" and platform.machine() in ("x86_64", "aarch64") and not cpu
    return (3.0, 6.5) if cuda else (0.5, 2.0)


def check_disk(cpu: bool) -> None:
    """Announce the download, and refuse before it starts if it cannot fit: pip collects it in the temporary folder and installs from there."""
    download, disk = sizes(cpu)
    print(f"Installing into {VENV}: about {download} GB to download (less what pip has in its cache), {disk} GB on disk.")
    if sizes(True) != (download, disk):
        print("This is the build of torch for NVIDIA GPUs. Without one, stop with Ctrl-C and add --cpu: about 0.5 GB to download, 2 GB on disk.")
    needs: dict[int, list] = {}  # device -> [a folder there, GB needed there]
    for folder, size in ((ROOT, disk), (Path(tempfile.gettempdir()), download)):
        needs.setdefault(folder.stat().st_dev, [folder, 0.0])[1] += size
    for folder, size in needs.values():
        free = shutil.disk_usage(folder).free / 1e9
        if free < size:
            advice = "make room, or set TMPDIR to a folder elsewhere" if cpu else "make room, or add --cpu (2 GB)"
            raise Trouble(f"not enough disk: the installation needs {size:.1f} GB where {folder} lies and {free:.1f} GB are free: {advice}")


def check_python() -> None:
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise Trouble(f"this Python has no module `{module}`. On Debian and Ubuntu: `sudo apt install python3-venv`; else take Python from python.org.")


def run_pip(python: Path, *arguments: str) -> None:
    """pip with its own progress on the screen; what it complains about is read along, to say in one line what to do."""
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", *arguments]
    print("+", " ".join(command), flush=True)
    said: list[str] = []
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, errors="replace") as pip:
        assert pip.stderr is not None
        for line in pip.stderr:
            sys.stderr.write(line)
            said.append(line)
    if pip.returncode:
        raise Trouble(next(advice for pattern, advice in REASONS.items() if re.search(pattern, "".join(said))))


def requirements(*names: str) -> list[str]:
    """The lines of pyproject.toml for these packages (tomllib came with 3.11 only)."""
    return [re.search(rf'"({name}[<>=!][^"]*)"', (ROOT / "pyproject.toml").read_text("utf-8"))[1] for name in names]  # type: ignore[index]


def install(python: Path, extras: list[str], cpu: bool = False) -> None:
    if cpu and sys.platform == "linux":  # elsewhere the usual build is the CPU build already
        run_pip(python, *requirements("torch", "torchvision"), "--index-url", CPU_WHEELS)
    run_pip(python, "-e", f".[{','.join(extras)}]")


def state() -> dict:
    """What the stamp says; nothing if there is none."""
    try:
        return json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def wanted_key() -> str:
    """Changes with what is to be installed and with the folder (an editable install remembers where it was made)."""
    return hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + str(ROOT).encode()).hexdigest()


def works(python: Path) -> bool:
    command = [str(python), "-c", "import pip, sys; sys.exit(sys.version_info < (3, 10))"]
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120).returncode == 0
    except OSError:
        return False


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """One installation at a time; the lock goes with the process, whatever ends it. Each user has a lock of their own."""
    name = hashlib.sha256(f"{ROOT} {Path.home()}".encode()).hexdigest()[:16]
    with open(Path(tempfile.gettempdir()) / f"nastutor-{name}.lock", "a+") as file:
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            raise Trouble("another course.py is installing here at this moment: wait until it has finished, then try again") from None
        yield


def make(extras: list[str], cpu: bool) -> None:
    """A new .venv, complete or not there at all: an exception, Ctrl-C included, removes it; after a power cut MAKING tells."""
    check_python()
    check_disk(cpu)
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        VENV.mkdir()
        MAKING.touch()
    except OSError as error:
        raise Trouble(f"{ROOT} cannot be written ({error.strerror}): work in a copy of the course in a folder of your own") from None
    try:
        if subprocess.run([sys.executable, "-m", "venv", str(VENV)], cwd=ROOT).returncode:
            raise Trouble("`python -m venv` failed; its reason stands above. On Debian and Ubuntu: `sudo apt install python3-venv`.")
        install(python_of(VENV), extras, cpu)
        MAKING.unlink()
    except BaseException:
        print("Removing the half-made .venv ...", file=sys.stderr)
        shutil.rmtree(VENV, ignore_errors=True)
        raise


def environment(extras: list[str], cpu: bool) -> Path:
    """The python of .venv with these extras installed: made, brought up to date, or left as it is."""
    python = python_of(VENV)
    with alone():
        stamp, usable = state(), works(python)
        if not VENV.exists() or MAKING.exists() or (stamp and not usable):
            stamp = {}
            make(extras, cpu)
        elif not usable:
            raise Trouble(f"{VENV} was not made by course.py and has no pip or no Python >= 3.10: move it away, then try again")
        elif cpu and stamp and not stamp["cpu"]:
            raise Trouble(f"--cpu counts when .venv is made, and {VENV} holds the usual torch already: remove that folder, then try again")
        elif stamp.get("key") == wanted_key() and set(extras) <= set(stamp["extras"]):
            return python
        else:
            extras = sorted({*extras, *stamp.get("extras", ())})
            install(python, extras, cpu)
        STAMP.write_text(json.dumps({"key": wanted_key(), "extras": extras, "cpu": cpu or bool(stamp.get("cpu"))}), "utf-8")
    return python


def here(extras: list[str]) -> Path:
    """The running environment (Colab, conda), whose torch stays as it is: it is held by a constraint."""
    pins = []
    for requirement in requirements("torch", "torchvision"):
        name, least = requirement.split(">=")
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found = importlib.metadata.version(name)
            if tuple(map(int, re.findall(r"\d+", found)[:2])) < tuple(map(int, least.split("."))):
                raise Trouble(f"{name} {found} is installed here, the course needs {requirement}: upgrade it, or leave out --here")
            pins.append(f"{name}=={found}")
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text("\n".join(pins) + "\n", "utf-8")
        run_pip(Path(sys.executable), "-e", f".[{','.join(extras)}]", "--constraint", str(constraints))
    return Path(sys.executable)


# ---------------------------------------------------------------- the commands


def has_display() -> bool:
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def lab(python: Path, arguments: list[str]) -> int:
    """JupyterLab on chapter 0; at this level of its log it prints the addresses and nothing else."""
    if not CHAPTER.is_file():
        raise Trouble(f"notebooks/{CHAPTER.name} is missing: this copy of the course is not complete")
    where = [f"--ServerApp.root_dir={CHAPTER.parent}", f"--LabApp.default_url=/lab/tree/{CHAPTER.name}"]  # so that the address printed leads to it
    command = [str(python), "-m", "jupyterlab", *where, "--log-level=ERROR", "--ServerApp.answer_yes=True", "--allow-root"]  # containers run as root
    print("JupyterLab is starting; its address appears below. Ctrl-C here ends it.", flush=True)
    command += ([] if has_display() else ["--no-browser"]) + arguments
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "JUPYTER_PREFER_ENV_PATH": "1"})
    while True:
        try:
            return server.wait()
        except KeyboardInterrupt:  # the server has received it too and is shutting its kernels down
            continue


def notebooks(python: Path, arguments: list[str]) -> int:
    return subprocess.run([str(python), str(ROOT / "notebooks" / "build.py"), *arguments], cwd=ROOT).returncode


def bench(python: Path, arguments: list[str]) -> int:
    """Every benchmark whose name holds one of the words given, all without any; one after the other, so that they do not disturb each other."""
    scripts = [script for script in sorted((ROOT / "benchmarks").glob("*.py")) if not arguments or any(word in script.name for word in arguments)]
    if not scripts:
        raise Trouble(f"no benchmark is called like {' or '.join(arguments)}")
    codes = []
    for script in scripts:
        print(f"== {script.stem}", flush=True)
        codes.append(subprocess.run([str(python), str(script)], cwd=ROOT).returncode)
    return int(any(codes))


def steps(slow: bool, arguments: list[str]) -> dict[str, list[list[str]]]:
    """Name -> what `python -m` is called with, one after the other."""
    chapters = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "notebooks").glob("ch*.ipynb"))]
    slowly = ["--slow"] if slow else []
    nbval = ["--nbval-lax", "--nbval-current-env", "--nbval-sanitize-with", "tests/nbval.cfg"]
    return {
        "lint": [["ruff", "check", "."], ["ruff", "format", "--check", "."]],
        "types": [["mypy"]],
        "tests": [["pytest", "-q", "-n", "2", "-m", "not browser", *slowly, *arguments]],
        "notebooks": [["pytest", "-q", "-n", "2", "--dist", "loadfile", *nbval, *chapters]],
        "browser": [["pytest", "-q", "-m", "browser", *slowly]],
    }


def read_report(report: Path) -> dict[str, int]:
    """Counts of one pytest run, from the JUnit file that it wrote."""
    suites = list(ElementTree.parse(report).iter("testsuite"))
    total = {key: sum(int(suite.get(key, 0)) for suite in suites) for key in ("tests", "failures", "errors", "skipped")}
    failed = total["failures"] + total["errors"]
    return {"failed": failed, "passed": total["tests"] - failed - total["skipped"], "skipped": total["skipped"]}


def run_step(python: Path, calls: list[list[str]], report: Path) -> dict[str, int]:
    """Counts of one step: those of pytest where it runs, else one per call. A pytest that found no test has failed (its exit code is 5)."""
    counts = {"failed": 0, "passed": 0, "skipped": 0}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    for call in calls:
        junit = [f"--junitxml={report}"] if call[0] == "pytest" else []
        code = subprocess.run([str(python), "-m", *call, *junit], cwd=ROOT, env={**os.environ, **threads, "NASTUTOR_SCALE": "smoke"}).returncode
        found = {"failed": 0, "passed": int(not code), "skipped": 0}
        if report.is_file():
            found = read_report(report)
            report.unlink()
        found["failed"] = max(found["failed"], int(code != 0))
        counts = {key: counts[key] + found[key] for key in counts}
    return counts


def test(python: Path, slow: bool, only: list[str], arguments: list[str]) -> int:
    """All steps, whatever the first ones say; then a table, and a last line as pytest writes it."""
    every = steps(slow, arguments)
    unknown = sorted(set(only) - set(every))
    if unknown:
        raise Trouble(f"`--only` takes {', '.join(every)}, separated by commas; got {', '.join(unknown)}")
    chosen = only or (["tests"] if arguments else list(every))  # arguments for pytest mean: these tests, now
    rows, begun = {}, time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(chosen, 1):
            print(f"\n[{number}/{len(chosen)}] {name}", flush=True)
            started = time.monotonic()
            rows[name] = (run_step(python, every[name], Path(folder) / "junit.xml"), time.monotonic() - started)
    print(f"\n{'step':10s} {'failed':>7s} {'passed':>7s} {'skipped':>8s} {'seconds':>8s}")
    for name, (counts, seconds) in rows.items():
        print(f"{name:10s} {counts['failed']:7d} {counts['passed']:7d} {counts['skipped']:8d} {seconds:8.1f}")
    sums = {key: sum(counts[key] for counts, _ in rows.values()) for key in ("failed", "passed", "skipped")}
    said = ", ".join(f"{value} {key}" for key, value in sums.items() if value) or "nothing ran"
    print(f"\n===== {said} in {time.monotonic() - begun:.2f}s =====", flush=True)
    return int(sums["failed"] > 0 or sums["passed"] == 0)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="course.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = top.add_subparsers(dest="command", required=True, metavar="command")
    helps = {
        "lab": "open JupyterLab on chapter 0; further arguments go to JupyterLab",
        "test": "lint, types, tests, notebooks, browser; further arguments go to pytest, which then runs alone: course.py test tests/spaces -k cell",
        "notebooks": "convert notebooks/source/*.py to notebooks and execute those that changed; further arguments go to notebooks/build.py",
        "bench": "run benchmarks/ one after the other; further arguments choose by name: course.py bench loop",
    }
    for name, text in helps.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--cpu", action="store_true", help=f"install the CPU build of torch from {CPU_WHEELS} (a sixth of the download)")
        command.add_argument("--here", action="store_true", help="make no .venv: install into the running environment and keep its torch (Colab, conda)")
        if name == "test":
            command.add_argument("--slow", action="store_true", help="run the slow tests as well")
            command.add_argument("--only", default="", help="some of the steps: lint,types,tests,notebooks,browser")
    return top


def run(options: argparse.Namespace, rest: list[str]) -> int:
    if options.cpu and options.here:
        raise Trouble("--cpu installs a torch and --here keeps the one that is there: choose one of them")
    extras = ["course", "test"] if options.command == "test" else ["course"]
    python = here(extras) if options.here else environment(extras, options.cpu)
    if options.command == "test":
        return test(python, options.slow, [word for word in options.only.split(",") if word], rest)
    return {"lab": lab, "notebooks": notebooks, "bench": bench}[options.command](python, rest)


def main(arguments: list[str]) -> int:
    options, rest = parser().parse_known_args(arguments)
    try:
        return run(options, [word for word in rest if word != "--"])
    except Trouble as trouble:
        print(f"course.py: {trouble}", file=sys.stderr)
    except KeyboardInterrupt:
        print("course.py: stopped", file=sys.stderr)
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
