"""The board as a kernel shows it: what it sends, and what stays."""

import base64
import time

SEARCH = """
import sys, time
import nastutor as nt
space = nt.spaces.CellSpace(nodes=3)
def unhurried(trial):
    time.sleep(0.05)
    return nt.Result({"error": 0.5, "params": 1000.0}, (0.9, 0.5))
history = nt.widgets.Board(nt.RandomSearch(space), unhurried, trials=%d).run()
print("told", len(history), flush=True)
"""
WIDGET = "application/vnd.jupyter.widget-view+json"


def shown(kernel, request, kind):
    return [m["content"] for m in kernel.said if m["msg_type"] == kind and m["parent_header"].get("msg_id") == request]


def states(kernel):
    return [m["content"]["data"]["state"] for m in kernel.said if m["msg_type"] == "comm_msg" and m["content"]["data"].get("method") == "update"]


def test_widgets_while_it_runs_and_a_picture_in_the_end(kernel):
    request = kernel.run(SEARCH % 30)
    kernel.idle(request)
    assert kernel.printed(request) == "told 30\n"
    (board,) = shown(kernel, request, "display_data")
    *_, last = shown(kernel, request, "update_display_data")
    assert WIDGET in board["data"] and last["transient"] == board["transient"], "the picture takes the place of the widgets"
    assert set(last["data"]) == {"text/html", "text/plain"} and 'alt="RandomSearch · CellSpace · unhurried: 30 trials. The best' in last["data"]["text/html"]
    assert last["data"]["text/plain"] == "<IPython.core.display.HTML object>", "no address: outputs are compared"
    figures = {state["value"] for state in states(kernel) if ">trials<" in str(state.get("value"))}
    assert len(figures) >= 2, "it is live"
    assert any("Being tried now" in str(state.get("value")) for state in states(kernel))
    opened, closed = ({m["content"]["comm_id"] for m in kernel.said if m["msg_type"] == kind} for kind in ("comm_open", "comm_close"))
    assert len(closed) >= 10 and closed <= opened, "the widgets are gone from the kernel too"


def test_without_ipywidgets_a_picture_changes_in_place(kernel):
    request = kernel.run("import sys\nkept = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split('.')[0] == 'ipywidgets'}")
    kernel.idle(request)
    request = kernel.run("import sys; sys.modules['ipywidgets'] = None\n" + SEARCH % 30 + "\ndel sys.modules['ipywidgets']; sys.modules.update(kept)")
    kernel.idle(request)
    (board,), changes = shown(kernel, request, "display_data"), shown(kernel, request, "update_display_data")
    assert kernel.printed(request) == "told 30\n" and WIDGET not in board["data"] and "<figure" in board["data"]["text/html"]
    assert len({change["data"]["text/html"] for change in changes}) >= 2


def test_the_interrupt_of_the_kernel_returns_the_history(kernel):
    request = kernel.run(SEARCH % 10_000)
    kernel.until(lambda m: m["msg_type"] == "display_data")
    queued = kernel.run("print('next cell has', len(history) > 0)")
    time.sleep(0.6)
    kernel.manager.interrupt_kernel()
    kernel.idle(request)
    kernel.idle(queued)
    told = int(kernel.printed(request).split()[1])
    assert 0 < told < 10_000 and kernel.printed(queued) == "next cell has True\n"


def test_a_click_on_stop_is_heard_while_the_cell_waits(kernel):
    request = kernel.run(SEARCH % 10_000)
    opened = kernel.until(lambda m: m["msg_type"] == "comm_open" and m["content"]["data"]["state"].get("description") == "Stop")
    kernel.until(lambda m: m["msg_type"] == "display_data")
    time.sleep(0.5)
    kernel.comm("comm_msg", comm_id=opened["content"]["comm_id"], data={"method": "custom", "content": {"event": "click"}})
    kernel.idle(request)
    assert 0 < int(kernel.printed(request).split()[1]) < 10_000
    *_, last = shown(kernel, request, "update_display_data")
    assert "stopped" in last["data"]["text/html"]


def test_the_picture_is_small_and_a_png(kernel):
    request = kernel.run(SEARCH % 3)
    kernel.idle(request)
    *_, last = shown(kernel, request, "update_display_data")
    html = last["data"]["text/html"]
    png = base64.b64decode(html.split("data:image/png;base64,")[1].split('"')[0])
    assert png.startswith(b"\x89PNG") and len(html) < 60_000
    assert ">time<" not in html, "it is the same whenever it is run"
