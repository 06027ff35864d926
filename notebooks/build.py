"""Turns `source/chNN_name.py` (jupytext percent) into `chNN_name.ipynb`, executed at cpu scale, pictures kept.

    python notebooks/build.py [chNN ...] [--force] [--check]

Rebuilt is what changed: the source, or the package since the last execution (`times.json` keeps both). --check changes nothing and says which
notebooks are not in step with their sources. {{badges}}, {{map}}, {{time}} (header), {{setup}} (the set-up cell) and {{unwritten 1 4}} (says which of these
chapters do not exist yet) are filled in here. A cell that warns stops the build: a reader would see the warning.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import os
import platform
import re
import sys
import time
from pathlib import Path
from typing import Any

REPOSITORY = ""  # owner/name on the code-hosting site: THE place to set it; empty, the chapters have no links to it
FOLDER = Path(__file__).resolve().parent
TIMES = FOLDER / "times.json"
PART = {"search space": range(1, 4), "search strategy": range(4, 10), "performance estimation": range(10, 14), "future directions": range(14, 21)}
LARGE_PNG = 20_000  # bytes; larger ones are reduced to 256 colours


def chapters() -> dict[str, Path]:
    """`chNN` -> its source."""
    return {path.name[:4]: path for path in sorted((FOLDER / "source").glob("ch[0-9][0-9]_*.py"))}


def target(source: Path) -> Path:
    return FOLDER / f"{source.stem}.ipynb"


def source_hash(source: Path) -> str:
    return hashlib.blake2b(source.read_text(encoding="utf-8").encode(), digest_size=12).hexdigest()


def package_hash() -> str:
    """Of every module of the package and every file of data/."""
    digest = hashlib.blake2b(digest_size=12)
    root = FOLDER.parent
    files = [path for folder in ("nastutor", "data") for path in (root / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    for path in sorted(files):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def read_times() -> dict[str, dict[str, Any]]:
    return json.loads(TIMES.read_text(encoding="utf-8")) if TIMES.exists() else {}


def note_times(chapter: str, measured: dict[str, Any]) -> None:
    """Enters a chapter in `times.json` as that is now: other builds may have written theirs since this one began."""
    from nastutor.files import replace_file

    text = json.dumps(read_times() | {chapter: measured}, indent=1, sort_keys=True) + "\n"
    replace_file(TIMES, lambda draft: draft.write_text(text, encoding="utf-8"))


def convert(source: Path, times: dict[str, dict[str, Any]]) -> Any:
    """The notebook without outputs: ids from chapter and position, header filled in, the source's hash in the metadata."""
    import jupytext

    notebook = jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent")
    chapter = source.name[:4]
    for position, cell in enumerate(notebook.cells):
        cell["id"] = f"{chapter}-{position:03d}"
        cell.metadata.pop("lines_to_next_cell", None)
        cell.source = fill(cell.source, source, times.get(chapter, {}))
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "nastutor": {"source": f"source/{source.name}", "hash": source_hash(source)},
    }
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def fill(text: str, source: Path, measured: dict[str, Any]) -> str:
    """Puts badges, map, time and set-up where the source has {{badges}} ..."""
    if "{{" not in text:
        return text
    parts = {"badges": badges(source), "map": survey_map(int(source.name[2:4])), "time": time_line(measured), "setup": setup()}
    text = re.sub(r"\{\{unwritten ([\d ]+)\}\}", lambda found: unwritten([int(number) for number in found[1].split()]), text)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"(?:# )?\{\{(badges|map|time|setup)\}\}", lambda found: parts[found[1]], text))


def setup() -> str:
    """The set-up cell, the same in every chapter; it installs only where a repository is named above."""
    install = f'%pip install -q "nastutor[course] @ git+https://github.com/{REPOSITORY}"'
    if not REPOSITORY:
        install = 'raise SystemExit("nastutor is not installed here: start with `python3 course.py lab`")'
    return f"""from importlib.util import find_spec

if find_spec("nastutor") is None:
    {install}
import nastutor as nt"""


def badges(source: Path) -> str:
    if not REPOSITORY:
        return ""
    page = f"{REPOSITORY}/blob/main/notebooks/{target(source).name}"
    return f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/{page})"


def written() -> dict[int, str]:
    """The chapters that exist: number -> the notebook's file name."""
    return {int(name[2:]): target(source).name for name, source in chapters().items()}


def unwritten(numbers: list[int]) -> str:
    """ "" where all these chapters exist, else a sentence that says which do not."""
    missing = [str(number) for number in numbers if number not in written()]
    if not missing:
        return ""
    return f" (Not written yet: chapter{'s' if len(missing) > 1 else ''} {' and '.join(missing)}.)"


def survey_map(chapter: int) -> str:
    """The survey's parts as a table, this chapter lit, the others that exist as links; chapter 0 lights the three dimensions."""
    links = {number: f"[{number}]({name})" for number, name in written().items()} | {chapter: f"**▶ {chapter} ◀**"}
    cells = [" · ".join(links.get(n, str(n)) for n in numbers) for numbers in PART.values()]
    heads = [f"**▶ {name} ◀**" if chapter in numbers or (chapter == 0 and name != "future directions") else name for name, numbers in PART.items()]
    return "\n".join(["| " + " | ".join(heads) + " |", "|" + ":---:|" * len(heads), "| " + " | ".join(cells) + " |"])


def time_line(measured: dict[str, Any]) -> str:
    scales = [f"{name} scale {minutes(measured[name])}" for name in ("cpu", "gpu") if name in measured]
    return f"Time to run: {', '.join(scales)} ({measured['machine']})." if scales else "Time to run: not measured yet."


def minutes(seconds: float) -> str:
    return f"{round(seconds)} s" if seconds < 90 else f"{seconds / 60:.1f} min"


def execute(notebook: Any, scale: str) -> float:
    """Runs the cells in place, at `scale`; returns the seconds."""
    from nbclient import NotebookClient

    environment = {**os.environ, "NASTUTOR_SCALE": scale, "PYTHONPATH": str(FOLDER.parent), "OMP_NUM_THREADS": "1", "JUPYTER_PLATFORM_DIRS": "1"}
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", store_widget_state=True, resources={"metadata": {"path": str(FOLDER)}})
    started = time.perf_counter()
    client.execute(env=environment)
    return time.perf_counter() - started


def warned(notebook: Any) -> list[str]:
    """What its cells have said on stderr about warnings, each with the cell's id."""
    said = [(cell.id, output.text) for cell in notebook.cells for output in cell.get("outputs", []) if output.get("name") == "stderr"]
    return [f"{id}: {line.strip()}" for id, text in said for line in text.splitlines() if re.search(r"\w*Warning\b", line)]


def tidy(notebook: Any) -> None:
    """Keeps what a reader can see without a kernel: no stderr, no live widgets (their static pictures stay), small pictures, no times."""
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = joined([output for output in map(tidy_output, cell.outputs) if output is not None])


def tidy_output(output: Any) -> Any:
    if output.output_type == "stream":
        return None if output.name == "stderr" else output
    if output.output_type == "error":
        return output
    data = output.get("data", {})
    if data.pop("application/vnd.jupyter.widget-view+json", None) and "text/html" not in data:
        return None  # a live widget without a static picture beside it
    if len(data.get("image/png", "")) > LARGE_PNG * 4 / 3:
        data["image/png"] = fewer_colours(data["image/png"])
    return output


def joined(outputs: list[Any]) -> list[Any]:
    """Neighbouring pieces of printed text as one output."""
    whole: list[Any] = []
    for output in outputs:
        if whole and output.output_type == whole[-1].output_type == "stream":
            whole[-1].text += output.text
        else:
            whole.append(output)
    return whole


def fewer_colours(png: str) -> str:
    """The same picture with a palette of 256 colours: about a third of the size."""
    from PIL import Image

    from nastutor.pictures.png import palette_png

    return base64.b64encode(palette_png(Image.open(io.BytesIO(base64.b64decode(png))), 256)).decode()


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}"


def build(source: Path, times: dict[str, dict[str, Any]]) -> None:
    """Measures at smoke scale, executes at cpu scale, writes the notebook and `times.json`."""
    import nbformat

    chapter = source.name[:4]
    tried, executed = convert(source, times), convert(source, times)
    smoke, cpu = execute(tried, "smoke"), execute(executed, "cpu")
    if warnings := warned(tried) + warned(executed):
        raise SystemExit(f"{source.name} is not built, because its cells warn:\n" + "\n".join(warnings))
    tidy(executed)
    times[chapter] = {"cpu": round(cpu, 1), "smoke": round(smoke, 1), "machine": machine(), "package": package_hash()}
    note_times(chapter, times[chapter])
    executed.cells[0].source = convert(source, times).cells[0].source  # the header now tells the time just measured
    nbformat.validate(executed)
    target(source).write_text(nbformat.writes(executed) + "\n", encoding="utf-8")
    size = target(source).stat().st_size
    print(f"{chapter}: {cpu:.0f} s at cpu scale, {smoke:.0f} s at smoke scale, {size / 1000:.0f} kB", flush=True)


def out_of_step(source: Path, times: dict[str, dict[str, Any]]) -> str:
    """ "" where notebook and source say the same, else what differs."""
    if not target(source).exists():
        return f"{target(source).name} does not exist"
    notebook, fresh = json.loads(target(source).read_text(encoding="utf-8")), convert(source, times)
    if notebook["metadata"].get("nastutor", {}).get("hash") != source_hash(source):
        return f"{target(source).name} was made from another source"
    written = [(cell["id"], cell["cell_type"], "".join(cell["source"]), cell["metadata"]) for cell in notebook["cells"]]
    wanted = [(cell.id, cell.cell_type, cell.source, dict(cell.metadata)) for cell in fresh.cells]
    different = [b[0] for a, b in zip(written, wanted) if a != b]
    return f"cell {different[0]} of {target(source).name} differs from the source" if different or len(written) != len(wanted) else ""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", help="which ones, such as ch04; all if none is named")
    parser.add_argument("--force", action="store_true", help="rebuild also what has not changed")
    parser.add_argument("--check", action="store_true", help="only say what is out of step (exit code 1 if anything is)")
    chosen, known, times = parser.parse_args(arguments), chapters(), read_times()
    if unknown := set(chosen.chapters) - set(known):
        parser.error(f"`chapters` are {sorted(unknown)}; known are {', '.join(known)}")
    sources = [known[name] for name in chosen.chapters or known]
    if chosen.check:
        problems = [problem for source in sources if (problem := out_of_step(source, times))]
        print("\n".join(problems) or f"{len(sources)} notebooks are in step with their sources")
        return int(bool(problems))
    package = package_hash()
    for source in sources:
        if chosen.force or out_of_step(source, times) or times.get(source.name[:4], {}).get("package") != package:
            build(source, times)
    return 0


if __name__ == "__main__":
    sys.exit(main())
