"""Writes the op goldens: `python make.py [family...]`, all families without a name. README.md says more."""

import importlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.dont_write_bytecode = True

from kit import FAMILIES, FOLDER

names = sys.argv[1:] or sorted(path.stem.removeprefix("cases_") for path in FOLDER.glob("cases_*.py"))
for name in names:
    importlib.import_module(f"cases_{name}")
    FAMILIES[name].write()
