"""MNIST, Fashion-MNIST, CIFAR-10 and CIFAR-100: downloaded when first used, from where torchvision gets them, checked as torchvision checks them.

Archives are read where they lie: nothing is unpacked, and of CIFAR's pickles only arrays and plain values are made.
"""

from __future__ import annotations

import gzip
import io
import pickle
import tarfile
from pathlib import Path
from typing import Any

import numpy as np

from nastutor.inputs import is_whole
from nastutor.rng import numpy_rng
from nastutor.tasks.augmentation import Augment
from nastutor.tasks.base import Task, normalised, stratified
from nastutor.tasks.downloads import archive

MNIST_HOW = Augment(crop=2)
FASHION_HOW = Augment(crop=2, flip=True)
CIFAR_HOW = Augment(crop=4, flip=True)  # He et al. 2016, section 4.2


def mnist(*, valid: int = 10_000, train_size: int | None = None, seed: int = 0, augment: Augment | None = MNIST_HOW) -> Task:
    """70,000 handwritten digits of 28x28 grey pixels (LeCun et al. 1998).

    valid       how many of the 60,000 training images are kept to validate; the 10,000 test images are the published ones
    train_size  how many of the others are used, None for all
    seed        of this split, which gives each class its share
    augment     random changes while training, None for none
    """
    return _mnist(mnist, "MNIST", locals())


def fashion_mnist(*, valid: int = 10_000, train_size: int | None = None, seed: int = 0, augment: Augment | None = FASHION_HOW) -> Task:
    """70,000 pieces of clothing of 28x28 grey pixels (Xiao et al. 2017); arguments as for `mnist`."""
    return _mnist(fashion_mnist, "FashionMNIST", locals())


def cifar10(*, valid: int = 5_000, train_size: int | None = None, seed: int = 0, augment: Augment | None = CIFAR_HOW) -> Task:
    """60,000 photographs of 32x32 pixels in 10 classes (Krizhevsky 2009); arguments as for `mnist`, with 50,000 images to train.

    >>> task = cifar10(augment=Augment(crop=4, flip=True, cutout=16))
    """
    return _cifar(cifar10, "CIFAR10", "labels", locals())


def cifar100(*, valid: int = 5_000, train_size: int | None = None, seed: int = 0, augment: Augment | None = CIFAR_HOW) -> Task:
    """60,000 photographs of 32x32 pixels in 100 classes (Krizhevsky 2009); arguments as for `cifar10`."""
    return _cifar(cifar100, "CIFAR100", "fine_labels", locals())


def _mnist(function: Any, kind: str, arguments: dict[str, Any]) -> Task:
    from torchvision import datasets

    source = getattr(datasets, kind)
    files = [archive(function.__name__, name, tuple(mirror + name for mirror in source.mirrors), md5) for name, md5 in source.resources]
    x, y, x_test, y_test = map(_idx, files)
    labels = tuple(name.split(" - ")[-1] for name in source.classes)
    return _task(function, arguments, (x[:, None], y), (x_test[:, None], y_test), labels)


def _idx(path: Path) -> np.ndarray:
    """uint8 in the format of MNIST: two zeros, the type, the number of dimensions, their sizes as big-endian int32, the values."""
    data = gzip.decompress(path.read_bytes())
    if data[:3] != b"\0\0\x08":
        raise ValueError(f"{path} is no array of bytes in MNIST's format")
    shape = np.frombuffer(data, ">i4", data[3], 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)


def _cifar(function: Any, kind: str, key: str, arguments: dict[str, Any]) -> Task:
    from torchvision import datasets

    source = getattr(datasets, kind)
    path = archive(function.__name__, source.filename, (source.url,), source.tgz_md5)
    meta, lists = source.meta, (source.train_list, source.test_list)
    batches = _members(path, source.base_folder, [meta["filename"], *(name for some in lists for name, _ in some)])
    train, test = (_joined([batches[name] for name, _ in some], key) for some in lists)
    return _task(function, arguments, train, test, tuple(batches[meta["filename"]][meta["key"]]))


def _joined(batches: list[Any], key: str) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (N, 3, 32, 32) and labels (N,)."""
    return np.concatenate([batch["data"] for batch in batches]).reshape(-1, 3, 32, 32), np.concatenate([batch[key] for batch in batches])


def _members(path: Path, folder: str, names: list[str]) -> dict[str, Any]:
    """The pickled dictionaries of a CIFAR archive."""
    with tarfile.open(path) as tar:
        files = {member.name: member for member in tar if member.isfile()}
        if missing := [name for name in names if f"{folder}/{name}" not in files]:
            raise ValueError(f"{path} lacks {folder}/{missing[0]}; there are {', '.join(files)}")
        return {name: _Arrays(io.BytesIO(tar.extractfile(files[f"{folder}/{name}"]).read()), encoding="latin1").load() for name in names}  # type: ignore[union-attr]


class _Arrays(pickle.Unpickler):
    """Makes numpy arrays and plain values, and refuses everything else."""

    def find_class(self, module: str, name: str) -> Any:
        rebuild = np.empty(0).__reduce__()[0]
        allowed = {"_reconstruct": rebuild, "ndarray": np.ndarray, "dtype": np.dtype}
        if module.split(".")[0] == "numpy" and name in allowed:
            return allowed[name]
        if (module, name) == ("_codecs", "encode"):
            return super().find_class(module, name)
        raise ValueError(f"the archive holds {module}.{name}; allowed are arrays and plain values")


def _task(function: Any, arguments: dict[str, Any], train: tuple[Any, Any], test: tuple[Any, Any], labels: tuple[str, ...]) -> Task:
    """Splits the published training images and scales."""
    (x, y), valid, some = train, arguments["valid"], arguments["train_size"]
    for name, value in (("valid", valid), ("train_size", some)):
        if not (value is None and name == "train_size") and (not is_whole(value, 1) or value >= len(y)):
            raise ValueError(f"`{name}` is {value!r}; allowed are whole numbers from 1 to {len(y) - 1}")
    if some is not None and some + valid > len(y):
        raise ValueError(f"`train_size` is {some} and `valid` {valid}: there are {len(y)} images for both")
    rows = stratified(y, (valid, len(y) - valid if some is None else some), numpy_rng(arguments["seed"], "split"))
    parts = {"valid": (x[rows[0]], y[rows[0]]), "train": (x[rows[1]], y[rows[1]]), "test": test}
    return Task(function.__name__, **normalised(parts), labels=labels, augment=arguments["augment"], recipe=(function, dict(arguments)))
