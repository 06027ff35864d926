"""The names that `nt.tasks` offers."""

import nastutor as nt


def test_every_name_is_there():
    assert set(nt.tasks.__all__) >= {
        "Augment",
        "Split",
        "Task",
        "arithmetic",
        "cache",
        "cifar10",
        "cifar100",
        "digits",
        "fashion_mnist",
        "from_arrays",
        "from_folder",
        "mnist",
        "xml",
    }
    for name in nt.tasks.__all__:
        assert getattr(nt.tasks, name) is not None
    from nastutor.tasks import downloads, embedded

    assert nt.tasks.digits is embedded.digits and nt.tasks.cache is downloads.cache, "no module hides a function"
