"""What augmentation may do to an image, and that it draws from its own generator alone."""

import pytest

torch = pytest.importorskip("torch")

from nastutor import tasks  # noqa: E402
from nastutor.tasks.augmentation import Augment, augmented  # noqa: E402


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def batch(n=64, channels=2, size=5):
    return 1 + torch.arange(n * channels * size * size, dtype=torch.float32).view(n, channels, size, size)


def moved(image, down, right, black):
    """The image, moved: what comes in is black."""
    out = torch.tensor(black).view(-1, 1, 1).expand_as(image).clone()
    size = image.shape[-1]
    for i in range(size):
        for j in range(size):
            if 0 <= i - down < size and 0 <= j - right < size:
                out[:, i, j] = image[:, i - down, j - right]
    return out


def test_crop_moves_each_image_in_its_own_way():
    x, black = batch(), [-1.0, -2.0]
    seen = set()
    for before, after in zip(x, augmented(x, generator(), Augment(crop=1), black)):
        ways = [(d, r) for d in (-1, 0, 1) for r in (-1, 0, 1) if torch.equal(after, moved(before, d, r, black))]
        assert len(ways) == 1
        seen.add(ways[0])
    assert len(seen) == 9, "every move occurs among 64 images"


def test_flip_mirrors_half_of_the_images():
    x = batch(400, size=3)
    y = augmented(x, generator(), Augment(flip=True), [0, 0])
    mirrored = (y == x.flip(3)).flatten(1).all(1)
    assert ((y == x).flatten(1).all(1) ^ mirrored).all() and 150 < mirrored.sum() < 250


@pytest.mark.parametrize("size", [1, 2, 3])
def test_cutout_erases_a_square_that_may_be_half_outside(size):
    x = batch(200)
    erased = (augmented(x, generator(), Augment(cutout=size), [0, 0]) == 0).any(1)
    assert ((augmented(x, generator(), Augment(cutout=size), [0, 0]) == 0).all(1) == erased).all(), "all channels alike"
    rows, columns = erased.any(2).sum(1), erased.any(1).sum(1)
    assert (erased.sum((1, 2)) == rows * columns).all() and rows.max() == columns.max() == size
    assert rows.min() == max(1, size - size // 2) and erased.any(0).all()


def test_equal_generators_equal_images_and_the_global_one_is_left_alone():
    x, how, state = batch(), Augment(1, True, 2), torch.get_rng_state()
    same, again, other = (augmented(x, generator(seed), how, [0, 0]) for seed in (1, 1, 2))
    assert torch.equal(same, again) and not torch.equal(same, other)
    assert torch.equal(state, torch.get_rng_state()) and torch.equal(x, batch())


def test_a_task_pads_with_its_black():
    images = torch.randint(0, 256, (30, 1, 4, 4), generator=generator()).numpy()
    images[0, 0, 0, 0] = 0
    task = tasks.from_arrays(images, [0, 1] * 15, augment=Augment(crop=3))
    x = torch.from_numpy(task.train.x.copy())
    out = task.augmented(x, generator())
    assert torch.isclose(out.min(), torch.tensor(-task.mean[0] / task.std[0])) and (out == out.min()).sum() > 30
    assert tasks.digits().augmented(x, generator()) is x


@pytest.mark.parametrize(("bad", "words"), [({"crop": -1}, "`crop` is -1"), ({"cutout": 1.5}, "`cutout` is 1.5")])
def test_bad_settings(bad, words):
    with pytest.raises(ValueError, match=words):
        Augment(**bad)


def test_augmentation_needs_images():
    with pytest.raises(ValueError, match="no images"):
        Augment(crop=1).check((5,))
