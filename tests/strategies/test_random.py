import nastutor as nt


def test_draws_with_replacement_from_the_whole_space_and_never_finishes():
    space = nt.spaces.ChoiceSpace.of({"a": (1, 2), "b": (1, 2)})
    strategy = nt.RandomSearch(space, seed=0)
    drawn = [strategy.ask().arch for _ in range(400)]
    counts = [drawn.count(arch) for arch in space]
    assert len(counts) == 4 and all(60 < count < 140 for count in counts), counts  # 100 +- 4.6 sigma


def test_answers_change_nothing():
    space = nt.spaces.CellSpace(nodes=4)
    told, untold = nt.RandomSearch(space, seed=1), nt.RandomSearch(space, seed=1)
    for _ in range(20):
        trial = told.ask()
        assert trial == untold.ask()
        told.tell(trial, nt.Result({"error": 0.1}))
