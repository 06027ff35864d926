"""From pickles in the benchmark's form to arrays, from each of the forms in which they come."""

import numpy as np
import pytest

from nastutor.estimators.nats_reading import convert
from tests.benchmark_files import SEEDS, accuracy, nats_cell, nats_contents, string_of, write_201, write_nats_file, write_nats_folder

NAMES, CELLS = nats_contents(budgets=(12,), every=4)


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return convert(write_nats_folder(tmp_path_factory.mktemp("nats") / "NATS-tss-simple", NAMES, CELLS))


def same(one, other):
    assert one[1] == other[1] and one[0].keys() == other[0].keys()
    for name, values in one[0].items():
        np.testing.assert_array_equal(values, other[0][name], err_msg=name)


@pytest.mark.parametrize("form", ["one file", "201", "201 before torch 1.6"])
def test_every_form_says_the_same(tmp_path, expected, form):
    if form == "one file":
        path = write_nats_file(tmp_path / "NATS-tss.pickle.pbz2", NAMES, CELLS)
    else:
        path = write_201(tmp_path / "NAS-Bench-201.pth", NAMES, CELLS, _use_new_zipfile_serialization=form == "201")
    same(convert(path), expected)


def test_arrays_and_seeds(expected):
    arrays, said = expected
    assert said["seeds"] == {"cifar10": {12: [111, 777]}, "cifar100": {12: [111]}, "ImageNet16-120": {12: [111]}}
    assert arrays["code"].tolist() == sorted(arrays["code"]) and len(arrays["code"]) == len(CELLS) == 16
    assert arrays["cifar10/12/valid"].shape == arrays["cifar10/12/seconds"].shape == (16, 2) and arrays["cifar10/12/curve"].shape == (16, 2, 12)
    assert arrays["cifar10/12/test"].shape == (16, 1) and arrays["cifar100/12/curve"].shape == (16, 1, 12)


def test_a_curve_that_is_not_whole_for_all_is_none(tmp_path):
    cells = {cell: nats_cell(cell, NAMES[cell], (12,)) for cell in (0, 4)}
    del cells[4]["12"]["all_results"]["cifar10-valid", 777]["eval_acc1es"]["x-valid@3"]
    arrays, _ = convert(write_nats_folder(tmp_path / "x", NAMES, cells))
    assert "cifar10/12/curve" not in arrays and "cifar100/12/curve" in arrays and not np.isnan(arrays["cifar10/12/valid"]).any()


def test_what_was_not_recorded_is_nan(tmp_path):
    cells = {cell: nats_cell(cell, NAMES[cell], (12,)) for cell in (0, 4)}
    runs = cells[4]["12"]["all_results"]
    runs["cifar10-valid", 777] |= {"latency": None, "train_times": None}
    del runs["cifar10-valid", 111], runs["cifar10", 111]
    arrays, _ = convert(write_nats_folder(tmp_path / "x", NAMES, cells))
    holes = {name: np.isnan(arrays[f"cifar10/12/{name}"]).tolist() for name in ("valid", "seconds", "latency_ms", "test", "curve")}
    lacking = holes["valid"].index([True, False])
    assert holes["seconds"][lacking] == holes["latency_ms"][lacking] == [True, True] and holes["test"][lacking] == [True]
    assert arrays["cifar10/12/valid"][lacking, 1] == accuracy(4, "cifar10-valid", "x-valid", 12, 777, 11) and SEEDS[12]["cifar10-valid"] == (777, 111)


def broken(change):
    cells = {0: nats_cell(0, NAMES[0], (12,))}
    change(cells[0]["12"]["all_results"]["cifar10-valid", 777])
    return cells


@pytest.mark.parametrize(
    ("names", "cells", "words"),
    [
        ({"names": 3}, {}, r"does not say which cells it holds \(`meta_archs`\)"),
        (NAMES, {}, "holds no cells"),
        (["8:8:8:8:8"], {0: CELLS[0]}, r"holds '8:8:8:8:8', which is no cell .*topology files, tss"),
        ([string_of(["none"] * 6).replace("none", "sep_conv", 1)], {0: CELLS[0]}, r"holds '\|sep_conv~0\|.*which is no cell"),
        (NAMES, broken(lambda run: run.pop("train_losses")), r"cell 0 \(.*\) of x lacks something: KeyError 'train_losses'"),
        (NAMES, broken(lambda run: run["eval_acc1es"].clear()), r"cell 0 .* KeyError 'x-valid@11'"),
        (NAMES, broken(lambda run: run.update(epochs=90)), "cell 0 .* 90 epochs instead of 12"),
        ([NAMES[0], NAMES[0]], {0: CELLS[0], 1: CELLS[0]}, "holds a cell twice"),
    ],
)
def test_files_that_are_none(tmp_path, names, cells, words):
    with pytest.raises(ValueError, match=f"`path`.*{words}"):
        convert(write_nats_folder(tmp_path / "x", names, cells))


def test_a_folder_without_a_list_of_cells(tmp_path):
    with pytest.raises(ValueError, match=r"`path`: the folder .* has no meta\.pickle\.pbz2"):
        convert(tmp_path)
