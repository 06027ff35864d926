from nastutor.tables import pace
from nastutor.tables.pace import Pace, spelt


def test_a_line_every_so_often(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: now[0])
    whole = Pace("t", 5 * 3 + 100, every=20)
    part = whole.part("budget 3 run 0", 5, 3)
    for _ in range(5):
        now[0] += 8
        part.tick()
    first, second, last = capsys.readouterr().err.splitlines()
    assert first.endswith("t budget 3 run 0: 5 networks to go")
    assert second.endswith("budget 3 run 0: 3 of 5 networks, 0.12 a second, 0:00:16 left, 0:04:43 for all")  # 9 of 115 epochs in 24 s
    assert last.endswith("5 of 5 networks, 0.12 a second, 0:00:00 left, 0:04:27 for all")


def test_work_of_no_epochs_tells_of_itself_alone(capsys):
    part = Pace("t").part("times", 1)
    part.tick()
    assert capsys.readouterr().err.rstrip().endswith("0:00:00 left") and spelt(3723) == "1:02:03"
