"""A real JupyterLab and a real Chromium, for tests that click."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def chromium():
    """A headless browser that playwright drives."""
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: the browser tests need it")
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        pytest.skip(f"no Chromium on the PATH: none of {', '.join(CHROMIUMS)}")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def lab(tmp_path):
    """A JupyterLab of its own on a free port, in an empty folder, with settings of its own."""
    pytest.importorskip("jupyterlab", reason="no JupyterLab: the browser tests need it")
    server = Lab(tmp_path)
    yield server
    server.stop()


class Lab:
    """folder: what it serves; page(browser, name): the notebook `name`, open in a browser."""

    def __init__(self, root, scale="cpu"):
        self.folder, self.log = root / "served", root / "log.txt"
        self.folder.mkdir()
        config = root / "config" / "labconfig"
        config.mkdir(parents=True)
        (config / "page_config.json").write_text(json.dumps({"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}))
        tracker = root / "settings" / "@jupyterlab" / "notebook-extension"
        tracker.mkdir(parents=True)
        (tracker / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')  # all cells in the page, not only those one sees
        own = {name: str(root / folder) for name, folder in FOLDERS.items()}
        environment = {**os.environ, **own, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "NASTUTOR_SCALE": scale}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"http://127.0.0.1:{free.getsockname()[1]}"
        options = ["--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={self.address.rsplit(':', 1)[1]}"]
        options += ["--IdentityProvider.token=", "--ServerApp.password=", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={self.folder}"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen([sys.executable, "-m", "jupyterlab", *options], env=environment, cwd=self.folder, stdout=log, stderr=log)
        self.wait()

    def wait(self, seconds=40):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                urllib.request.urlopen(f"{self.address}/api", timeout=2).close()
                return
            except OSError:
                time.sleep(0.2)
        self.stop()
        raise AssertionError(f"JupyterLab did not answer; it says:\n{self.log.read_text()[-2000:]}")

    def page(self, browser, name, width=1180, height=1000):
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto(f"{self.address}/lab/tree/{name}?reset")
        page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=40_000)
        page.locator(".jp-StatusBar-Widget").get_by_text(re.compile(r"^Python 3.* \| Idle$")).wait_for(timeout=40_000)  # a kernel, not only its name
        return page

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


FOLDERS = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    "IPYTHONDIR": "ipython",
}
