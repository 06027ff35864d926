"""The loaders read small archives in the original formats, like torchvision's own; nothing comes from the network."""

import gzip
import hashlib
import io
import pickle
import socket
import struct
import tarfile

import numpy as np
import pytest

from nastutor import tasks
from nastutor.tasks import vision
from nastutor.tasks.augmentation import Augment

torchvision = pytest.importorskip("torchvision")


def digest(data):
    return hashlib.md5(data).hexdigest()


def idx(array):
    return gzip.compress(b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}i", *array.shape) + array.tobytes())


def put(folder, name, data):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return name, digest(data)


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path):
    def refuse(*_, **__):
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("NASTUTOR_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture(params=["MNIST", "FashionMNIST"])
def idx_files(request, monkeypatch, offline):
    """The task's function, torchvision's class, and the four files of it with 60 and 20 images."""
    name, kind = {"MNIST": "mnist", "FashionMNIST": "fashion_mnist"}[request.param], getattr(torchvision.datasets, request.param)
    rng = np.random.default_rng(0)
    arrays = [rng.integers(0, 256, (60, 28, 28)), np.arange(60) % 10, rng.integers(0, 256, (20, 28, 28)), np.arange(20) % 10]
    arrays = [array.astype(np.uint8) for array in arrays]
    files = [put(offline / name, own, idx(array)) for (own, _), array in zip(kind.resources, arrays)]
    monkeypatch.setattr(kind, "resources", files)
    return getattr(vision, name), kind, arrays


def cifar_archive(folder, kind, key, monkeypatch):
    """10 images in each batch, pickled as Python 2 did; the checksums of torchvision's class are set to theirs."""
    rng, data, members = np.random.default_rng(0), [], {}
    for number, (name, _) in enumerate([*kind.train_list, *kind.test_list]):
        data.append((rng.integers(0, 256, (10, 3072)).astype(np.uint8), [(number + k) % len(kind.train_list + kind.test_list) for k in range(10)]))
        members[name] = {"data": data[-1][0], key: data[-1][1], "batch_label": name}
    members[kind.meta["filename"]] = {kind.meta["key"]: [f"class {k}" for k in range(10)]}
    members = {name: pickle.dumps(content, protocol=2) for name, content in members.items()}
    packed = pack({f"{kind.base_folder}/{name}": content for name, content in members.items()})
    _, md5 = put(folder, kind.filename, packed)
    monkeypatch.setattr(kind, "tgz_md5", md5)
    monkeypatch.setattr(kind, "meta", {**kind.meta, "md5": digest(members[kind.meta["filename"]])})
    for part in ("train_list", "test_list"):
        monkeypatch.setattr(kind, part, [[name, digest(members[name])] for name, _ in getattr(kind, part)])
    return data


def pack(members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return file.getvalue()


def raw(task, part):
    """The images as they were before scaling, in a fixed order."""
    split = task.splits[part]
    shape = (-1, 1, 1)
    images = np.rint(split.x * np.reshape(task.std, shape) + np.reshape(task.mean, shape)).astype(np.uint8)
    return sorted((image.tobytes(), int(label)) for image, label in zip(images, split.y))


def test_idx_files_are_read_as_torchvision_reads_them(idx_files, offline):
    function, kind, arrays = idx_files
    task = function(valid=20)
    assert task.shape == (1, 28, 28) and task.classes == 10 and (len(task.train), len(task.valid), len(task.test)) == (40, 20, 20)
    assert raw(task, "test") == sorted((image.tobytes(), int(label)) for image, label in zip(arrays[2], arrays[3]))
    place = offline / "theirs" / kind.__name__ / "raw"
    for file in (offline / function.__name__).iterdir():
        put(place, file.name, file.read_bytes())
        put(place, file.stem, gzip.decompress(file.read_bytes()))
    theirs = kind(offline / "theirs", train=True)
    assert sorted(raw(task, "train") + raw(task, "valid")) == sorted((image.numpy().tobytes(), int(label)) for image, label in zip(theirs.data, theirs.targets))


def test_cifar10_is_read_as_torchvision_reads_it(monkeypatch, offline):
    kind = torchvision.datasets.CIFAR10
    data = cifar_archive(offline / "cifar10", kind, "labels", monkeypatch)
    task = tasks.cifar10(valid=20)
    assert task.shape == (3, 32, 32) and (len(task.train), len(task.valid), len(task.test)) == (30, 20, 10)
    assert task.labels[3] == "class 3"
    assert raw(task, "test") == sorted((image.tobytes(), label) for image, label in zip(*data[-1]))
    theirs = offline / "theirs"
    put(theirs, kind.filename, (offline / "cifar10" / kind.filename).read_bytes())
    theirs = kind(theirs, train=True, download=True)  # finds the archive there and unpacks it
    assert sorted(raw(task, "train") + raw(task, "valid")) == sorted(
        (image.transpose(2, 0, 1).tobytes(), label) for image, label in zip(theirs.data, theirs.targets)
    )


def test_cifar100_takes_the_fine_labels(monkeypatch, offline):
    data = cifar_archive(offline / "cifar100", torchvision.datasets.CIFAR100, "fine_labels", monkeypatch)
    task = tasks.cifar100(valid=2)
    assert len(task.train) == 8 and raw(task, "test") == sorted((image.tobytes(), label) for image, label in zip(*data[-1]))


def test_a_task_is_pickled_as_its_recipe(monkeypatch, offline):
    cifar_archive(offline / "cifar10", torchvision.datasets.CIFAR10, "labels", monkeypatch)
    task = tasks.cifar10(valid=10, train_size=20, seed=3, augment=Augment(flip=True))
    text = pickle.dumps(task)
    assert len(text) < 1_000 and pickle.loads(text).fingerprint == task.fingerprint
    assert np.array_equal(pickle.loads(text).train.x, task.train.x)


@pytest.mark.parametrize("changed", [{"valid": 11}, {"train_size": 12}, {"seed": 1}, {"augment": None}])
def test_each_argument_changes_task_and_fingerprint(monkeypatch, offline, changed):
    cifar_archive(offline / "cifar10", torchvision.datasets.CIFAR10, "labels", monkeypatch)
    plain, other = tasks.cifar10(valid=10), tasks.cifar10(**{"valid": 10, **changed})
    assert plain.fingerprint != other.fingerprint
    assert plain.augment != other.augment or raw(plain, "train") != raw(other, "train")


def test_defaults_are_the_usual_augmentation():
    assert Augment(crop=4, flip=True) == vision.CIFAR_HOW and not vision.MNIST_HOW.flip and vision.FASHION_HOW.flip


def test_offline_the_message_says_what_to_do(offline):
    with pytest.raises(ConnectionError) as caught:
        tasks.mnist()
    for word in ("`mnist`", "train-images-idx3-ubyte.gz", str(offline), "not there", "NASTUTOR_CACHE", "digits()"):
        assert word in str(caught.value)


def test_a_damaged_archive_is_not_opened(idx_files, offline):
    function, kind, _ = idx_files
    put(offline / function.__name__, kind.resources[0][0], b"something else")
    with pytest.raises(ConnectionError, match="is damaged"):
        function(valid=20)


def test_a_pickle_that_would_run_something_is_refused(monkeypatch, offline):
    class Bomb:
        def __reduce__(self):
            return print, ("boom",)

    kind = torchvision.datasets.CIFAR10
    cifar_archive(offline / "cifar10", kind, "labels", monkeypatch)
    packed = pack(
        {f"{kind.base_folder}/{name}": pickle.dumps(Bomb(), protocol=2) for name in ["batches.meta", *(n for n, _ in kind.train_list + kind.test_list)]}
    )
    monkeypatch.setattr(kind, "tgz_md5", put(offline / "cifar10", kind.filename, packed)[1])
    with pytest.raises(ValueError, match=r"print; allowed are arrays"):
        tasks.cifar10()


def test_an_archive_that_climbs_out_of_its_folder_writes_nothing(monkeypatch, offline):
    kind = torchvision.datasets.CIFAR10
    packed = pack({"../../escaped": b"x"})
    monkeypatch.setattr(kind, "tgz_md5", put(offline / "cifar10", kind.filename, packed)[1])
    with pytest.raises(ValueError, match=r"lacks cifar-10-batches-py/batches.meta"):
        tasks.cifar10()
    assert [path.name for path in offline.rglob("*") if path.is_file()] == [kind.filename]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({"valid": 0}, "`valid` is 0"), ({"valid": 20, "train_size": -1}, "`train_size` is -1"), ({"valid": 30, "train_size": 31}, "60 images for both")],
)
def test_bad_sizes_are_refused(idx_files, arguments, words):
    with pytest.raises(ValueError, match=words):
        idx_files[0](**arguments)
