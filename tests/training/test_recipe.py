"""Recipes that cannot be understood: one sentence and status 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.__main__ import main
from training.recipe import read_recipe

RECIPES = Path(__file__).resolve().parent.parent.parent / "training" / "recipes"
DEMO = (RECIPES / "demo.toml").read_text().replace("../../fixtures", str(RECIPES.parent.parent / "fixtures"))


@pytest.mark.parametrize("name", ["demo", "tiny"])
def test_the_recipes_of_the_house_are_understood(name: str) -> None:
    assert [model["name"] for model in read_recipe(RECIPES / f"{name}.toml").models]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("seed = 1", "seed = 1\ncolour = 3", "there is no key 'colour'"),
        ("layers = 4", "layers = 4\nlayres = 4", "there is no key 'layres'"),
        ("width = 192\n", "", "the key 'width' is missing"),
        ("width = 192", 'width = "wide"', "'width' must be a whole number"),
        ('kind = "pretrain"', 'kind = "bake"', "there is no kind 'bake'"),
        ('name = "basque"', 'name = "english"', "there are two stages called 'english'"),
        ('name = "basque"', 'name = "../basque"', "'name' must be of letters"),
        ('parent = "english"', 'parent = "klingon"', "there is no earlier stage 'klingon'"),
        ('base = "basque"', 'base = "nothing"', "there is no stage 'nothing'"),
        ("seed = 1", "seed = ", "is not valid TOML"),
    ],
)
def test_a_fault_is_told_in_one_sentence(
    old: str, new: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(DEMO.replace(old, new, 1))
    assert main(["run", str(recipe), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_recipe_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(tmp_path / "none.toml"), "--out", str(tmp_path / "out")]) == 2
    assert "cannot be read" in capsys.readouterr().err
