"""A real kernel to talk to; NASTUTOR_KERNEL_PYTHON names another interpreter for it, with another ipykernel."""

import os
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def kernel():
    """A client of a fresh kernel."""
    from jupyter_client.manager import KernelManager

    manager = KernelManager()
    python = os.environ.get("NASTUTOR_KERNEL_PYTHON", sys.executable)
    manager.kernel_spec.argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    manager.start_kernel(env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=str(ROOT))
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield Kernel(client, manager)
    client.stop_channels()
    manager.shutdown_kernel(now=True)


class Kernel:
    """Sends requests, and collects what the kernel says about each."""

    def __init__(self, client, manager):
        self.client, self.manager, self.said = client, manager, []

    def run(self, code):
        return self.client.execute(code)

    def comm(self, kind, **content):
        message = self.client.session.msg(kind, {"comm_id": "c", **content})
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def until(self, found, timeout=20):
        """Reads on until `found(message)`; returns that message."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            message = self.client.get_iopub_msg(timeout=max(0.1, deadline - time.monotonic()))
            self.said.append(message)
            if found(message):
                return message
        raise AssertionError("not heard in time")

    def idle(self, request):
        return self.until(lambda m: m["msg_type"] == "status" and m["content"]["execution_state"] == "idle" and m["parent_header"].get("msg_id") == request)

    def printed(self, request):
        return "".join(m["content"]["text"] for m in self.said if m["msg_type"] == "stream" and m["parent_header"].get("msg_id") == request)
