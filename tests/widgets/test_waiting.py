"""The waiting cell answers widget messages, in a real kernel; NASTUTOR_KERNEL_PYTHON names another interpreter, with another ipykernel."""

import threading
import time

from nastutor.widgets.waiting import message_type, wait

SET_UP = """
import threading
from nastutor.widgets.waiting import wait
heard, done = [], threading.Event()
def opened(comm, message):
    @comm.on_msg
    def told(message):
        heard.append(message["content"]["data"]["word"])
        if heard[-1] == "stop":
            done.set()
get_ipython().kernel.comm_manager.register_target("board", opened)
"""


def test_wait_ends_with_the_event_and_ticks_meanwhile():
    done, ticks = threading.Event(), []
    threading.Timer(0.12, done.set).start()
    began = time.perf_counter()
    wait(done, lambda: ticks.append(1), step=0.01)
    assert 0.1 < time.perf_counter() - began < 1.5
    assert len(ticks) >= 3


def test_an_event_that_is_set_is_not_waited_for():
    done, ticks = threading.Event(), []
    done.set()
    wait(done, lambda: ticks.append(1), step=5)
    assert ticks == []


def test_what_is_not_a_message_has_no_type():
    import zmq
    from jupyter_client.session import Session

    assert message_type(Session(key=b"k"), [zmq.Frame(b"stop aborting")]) == ""


def test_clicks_are_answered_while_the_cell_waits_and_the_next_cells_run_in_order(kernel):
    kernel.idle(kernel.run(SET_UP))
    waiting = kernel.run("done.clear(); heard.clear(); print('waiting', flush=True); wait(done); print('heard', *heard)")
    kernel.until(lambda m: m["msg_type"] == "stream" and "waiting" in m["content"]["text"])
    queued = [kernel.run(f"order = globals().get('order', []) + [{n}]; print(*order)") for n in range(3)]
    kernel.comm("comm_open", target_name="board", data={})
    word = kernel.comm("comm_msg", data={"word": "hello"})
    kernel.idle(word)  # the front end learns that its message was handled
    busy = kernel.until(lambda m: m["msg_type"] == "status")
    assert (busy["content"]["execution_state"], busy["parent_header"]["msg_id"]) == ("busy", waiting), "the cell is still running, and says so"
    kernel.comm("comm_msg", data={"word": "stop"})
    queued.append(kernel.run("order.append(3); print(*order)"))
    kernel.idle(waiting)
    for request in queued:
        kernel.idle(request)
    assert kernel.printed(waiting).splitlines() == ["waiting", "heard hello stop"], "what the cell prints after a click is still its own"
    assert [kernel.printed(request).strip() for request in queued] == ["0", "0 1", "0 1 2", "0 1 2 3"]


def test_the_interrupt_ends_the_wait_and_the_kernel_goes_on(kernel):
    kernel.idle(kernel.run(SET_UP))
    code = "done.clear()\nprint('waiting', flush=True)\ntry:\n    wait(done)\nexcept KeyboardInterrupt:\n    print('interrupted')"
    waiting = kernel.run(code)
    kernel.until(lambda m: m["msg_type"] == "stream" and "waiting" in m["content"]["text"])
    queued = kernel.run("print('next')")
    time.sleep(0.2)
    kernel.manager.interrupt_kernel()
    kernel.idle(waiting)
    kernel.idle(queued)
    assert (kernel.printed(waiting).split(), kernel.printed(queued)) == (["waiting", "interrupted"], "next\n")


def test_a_kernel_that_has_changed_inside_gets_a_plain_wait(kernel):
    code = """
import threading, nastutor.widgets.waiting as waiting
usual, waiting.shell_stream = waiting.shell_stream, lambda kernel: kernel.renamed
threading.Timer(0.1, done.set).start(); done.clear()
waiting.wait(done)
waiting.shell_stream = usual
print('over')
"""
    kernel.idle(kernel.run(SET_UP))
    request = kernel.run(code)
    kernel.idle(request)
    assert kernel.printed(request).endswith("over\n")
    assert kernel.printed(kernel_answers(kernel)) == "still here\n"


def kernel_answers(kernel):
    request = kernel.run("print('still here')")
    kernel.idle(request)
    return request
