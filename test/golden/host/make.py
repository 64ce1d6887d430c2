"""Makes the goldens of the host ops with real TensorFlow (2.21): python make.py [family ...]"""

import importlib
import sys

from golden import write

FAMILIES = ['strings', 'numbers', 'hashes', 'regex', 'unicode', 'moving', 'ragged', 'examples', 'lookup', 'pictures', 'sequences']

for family in sys.argv[1:] or FAMILIES:
    importlib.import_module(f'cases_{family}').add()
    write(family)
